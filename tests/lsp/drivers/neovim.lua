-- Types a mistake, waits until it is shown, takes it back, and asks for a definition, uses, an outline and a renaming.
local shown = {}
local function wait(holds)
  assert(vim.wait(30000, holds, 50), "it does not come true: " .. vim.inspect(shown))
end
local function messages()
  return vim.tbl_map(function(each) return each.message end, vim.diagnostic.get(0))
end
local line = vim.fn.search("critic: general")
assert(line > 0)
local before = vim.fn.getline(line)
vim.fn.setline(line, (before:gsub("general", "genral")))
wait(function() return #messages() == 1 end)
shown.diagnostics = messages()
vim.fn.setline(line, before)
wait(function() return #messages() == 0 end)
vim.fn.cursor(line, before:find("general"))
local here = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = line - 1, character = before:find("general") - 1 } }
local function ask(method, more)
  local answers = vim.lsp.buf_request_sync(0, method, vim.tbl_extend("force", here, more or {}), 30000)
  for _, answer in pairs(answers) do
    return answer.result
  end
end
shown.definition = ask("textDocument/definition")[1].range.start.line
shown.references = #ask("textDocument/references", { context = { includeDeclaration = true } })
shown.outline = ask("textDocument/documentSymbol")[1].name
vim.lsp.buf.rename("middle")
wait(function() return vim.fn.getline(line):find("middle") end)
shown.renamed = vim.fn.getline(line)
vim.fn.writefile({ vim.fn.json_encode(shown) }, vim.env.SHOWN)
vim.cmd("qall!")
