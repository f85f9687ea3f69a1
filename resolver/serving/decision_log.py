"""A decision log: decisions as JSON Lines, sampled if there are many, written by its own thread."""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from os import PathLike

from resolver.diagnostics import ResolverError, masked_value
from resolver.domain import Decision, Subject, Value

_log = logging.getLogger("resolver")
_SECONDS_BETWEEN_WRITES = 0.2
_Line = tuple[float, str, str, str | None, Mapping[str, Value] | None, Decision, str | None, int | None, int]


class DecisionLog:
    """Appends decisions to a file, one JSON object a line.

    An object has `time` (UTC), `event` (`decision`), the request (`triad`, `role`, `phase`, `facts`), `tier`, `rule`,
    `revision`, `state_revision` where the state is in a database, and `entry`, the tier that the subject was escalated
    to (`null`: it was not).

    Args:
        path: The file.
        sample: The share of all decisions that is written, from 0 to 1.
        per_second: The largest number of decisions that is written in a second. A line counts in `dropped` how many
            more there were before it.

    Raises:
        ResolverError: The file cannot be written to.
    """

    def __init__(self, path: str | PathLike[str], *, sample: float = 1.0, per_second: int = 1_000) -> None:
        if not 0 <= sample <= 1:
            raise ResolverError(f"the sample of a decision log is between 0 and 1, not `{sample}`")
        if per_second < 1:
            raise ResolverError(f"a decision log takes at least one decision a second, not `{per_second}`")
        try:
            self.path = os.fspath(path)
        except TypeError:
            raise ResolverError(f"a decision log is the path of a file, not `{path!r:.100}`") from None
        self._sample = sample
        self._draw = random.Random().random  # noqa: S311  no secret
        self._per_second = per_second
        self._waiting: deque[_Line] = deque()
        self._until, self._left, self._dropped = 0.0, per_second, 0
        self._said = False
        try:
            os.close(self._open())
        except OSError as error:
            raise ResolverError(f"cannot write `{self.path}`: {error.strerror}") from error
        except ValueError as error:
            raise ResolverError(
                f"no file can have the name {self.path!r:.100}, which a decision log was given"
            ) from error
        self._start()

    def note(  # noqa: PLR0917  called for each decision, by position
        self,
        triad: str,
        role: str,
        phase: str | None,
        facts: Mapping[str, Value] | None,
        decision: Decision,
        entries: Mapping[Subject, str],
        state_revision: int | None,
    ) -> None:
        """Queue a decision that was made under these `entries`; this waits for nothing."""
        if self._process != os.getpid():  # the thread stayed in the parent, and writes its queue there
            self._waiting.clear()
            self._start()
        if self._sample < 1 and self._draw() >= self._sample:
            return
        now = time.time()
        if now >= self._until:
            self._until, self._left = now + 1, self._per_second
        if not self._left:
            self._dropped += 1
            return
        self._left -= 1
        dropped, self._dropped = self._dropped, 0
        # Plain text, since a member of an enumeration has another hash.
        entry = entries.get(Subject(str.__str__(triad), str.__str__(role)))
        self._waiting.append(
            (now, triad, role, phase, dict(facts) if facts else None, decision, entry, state_revision, dropped)
        )

    def close(self) -> None:
        """Write the queue and end the thread; closing twice does nothing."""
        self._closed.set()
        if self._process == os.getpid():
            self._thread.join(10)

    def _start(self) -> None:
        self._process = os.getpid()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resolver-decisions", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        closed = self._closed
        while not closed.wait(_SECONDS_BETWEEN_WRITES):
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not lines:
            return
        try:
            file = self._open()
            try:
                for start in range(0, len(lines), 100):  # the system never mixes two appends
                    text = "".join(map(_text, lines[start : start + 100]))
                    os.write(file, text.encode("utf-8", "backslashreplace"))
            finally:
                os.close(file)
            self._said = False
        except OSError as error:
            if not self._said:
                self._said = True
                _log.error("cannot write `%s`: %s; decisions are not logged", self.path, error.strerror)

    def _open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)


def _text(line: _Line) -> str:
    when, triad, role, phase, facts, decision, entry, state_revision, dropped = line
    content = {
        "time": datetime.fromtimestamp(when, UTC).isoformat(),
        "event": "decision",
        "triad": triad,
        "role": role,
        "phase": phase or None,
        "facts": {name: _shown(name, value) for name, value in (facts or {}).items()},
        "tier": decision.tier,
        "rule": decision.rule,
        "revision": decision.revision,
        "state_revision": state_revision,
        "entry": entry,
        **({"dropped": dropped} if dropped else {}),
    }
    return json.dumps(content, ensure_ascii=False) + "\n"


def _shown(name: str, value: Value) -> Value:
    """Return the value of a fact without what is secret by its form or by the name of the fact."""
    return masked_value(name, value) if isinstance(value, str) else value
