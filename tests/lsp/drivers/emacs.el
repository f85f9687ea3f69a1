;; Types a mistake, waits until it is shown, takes it back, and asks for a definition, uses, an outline and a renaming.
(require 'json)
(setq eglot-send-changes-idle-time 0.1
      make-backup-files nil)
(fset 'y-or-n-p (lambda (&rest _) t))

(defun wait-until (holds)
  (let ((rest 600))
    (while (not (funcall holds))
      (accept-process-output nil 0.05)
      (setq rest (1- rest))
      (when (< rest 0) (error "It does not come true: %S" holds)))))

(defun messages ()
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(defun replace-once (old new)
  (goto-char (point-min))
  (search-forward old)
  (replace-match new t t)
  (eglot--signal-textDocument/didChange))

(defun names (entries)
  "Return all texts of an outline."
  (cond ((stringp entries) (list (substring-no-properties entries)))
        ((consp entries) (append (names (car entries)) (names (cdr entries))))))

;; `eglot-ensure' of the init file waits for a command, of which a batch has none.
(find-file (getenv "FILE"))
(apply #'eglot--connect (eglot--guess-contact))
(wait-until #'eglot-managed-p)
(flymake-mode 1)
(replace-once "critic: general" "critic: genral")
(wait-until (lambda () (= 1 (length (messages)))))
(let ((shown (messages)) definition uses outline)
  (replace-once "critic: genral" "critic: general")
  (wait-until (lambda () (null (messages))))
  (goto-char (point-min))
  (search-forward "critic: gen")
  (setq definition (xref-location-line (xref-item-location (car (xref-backend-definitions 'eglot "general"))))
        uses (length (xref-backend-references 'eglot "general"))
        outline (if (member "model_tiers" (names (eglot-imenu))) "model_tiers" (names (eglot-imenu))))
  (eglot-rename "middle")
  (goto-char (point-min))
  (search-forward "critic: ")
  (let ((renamed (buffer-substring-no-properties (line-beginning-position) (line-end-position))))
    (with-temp-file (getenv "SHOWN")
      (insert (json-encode `((diagnostics . ,(vconcat shown)) (definition . ,(1- definition)) (references . ,uses)
                             (outline . ,outline) (renamed . ,renamed)))))))
