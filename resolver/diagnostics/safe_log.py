"""Safe log records: no secret, and no character of a name that a terminal, a log file or a CI would obey.

A filter changes each record of the package before any handler of an application sees it.
"""

from __future__ import annotations

import logging

from resolver.diagnostics.errors import PolicyError
from resolver.diagnostics.masking import without_known_secrets
from resolver.diagnostics.wording import Lines, visible, without_commands

_FORMATTER = logging.Formatter()


class _SafeRecords(logging.Filter):
    """Escapes the arguments of a record, and masks secrets in them and in its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is kept."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        elif isinstance(record.args, dict):
            record.args = {name: _safe(argument) for name, argument in record.args.items()}
        record.msg, record.args = safe_lines(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = safe_lines(without_known_secrets(_FORMATTER.formatException(record.exc_info)))
            record.exc_info = None  # a formatter of its own would print the exception with its secrets
        return True


def safe_lines(text: str) -> str:
    r"""Return `text` with its lines, in which no character is invisible and no line is a command of a CI.

    >>> safe_lines("::error::x\x1b[1m")
    '\\x3a:error::x\\x1b[1m'
    """
    shown = "\n".join(map(visible, text.split("\n")))
    return without_commands(shown)


def _safe(argument: object) -> object:
    """Return an argument of a message; a name in it ends no line. The errors of a policy have lines of their own."""
    if argument is None or isinstance(argument, int | float):
        return argument
    if isinstance(argument, BaseException):
        text = without_known_secrets(str(argument))
        has_lines = isinstance(argument, PolicyError) or isinstance(next(iter(argument.args), None), Lines)
        return text if has_lines else visible(text)
    return visible(without_known_secrets(argument) if isinstance(argument, str) else str(argument))


for _name in ("resolver", "resolver.policy"):
    logging.getLogger(_name).addFilter(_SafeRecords())
