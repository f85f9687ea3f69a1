"""The ends of messages about a database's errors, which say what to do: a right, a table or a password is missing."""

from __future__ import annotations

import re

from resolver.state.sql.rights import NEEDED, grants_of
from resolver.state.sql.state_url import StateURL

_MIGRATE = "; `resolver state migrate` makes the tables, a backup has what was learned"
_NO_RIGHT = {"42501", 1142, 1143, 1044, 1370, 1227}
_NO_TABLE = {"42P01", 1146}
_NO_COLUMN = {"42703", 1054}
_IN_TEXT = re.compile(r"\bresolver_(?:version|clock|subject|history|outcome|setting)\b")
_COMMAND = re.compile(r"(SELECT|INSERT|UPDATE|DELETE)[A-Z, ]* command denied", re.IGNORECASE)
_OF_DATABASE = re.compile(r"unknown database|no such database|database .* does not exist", re.IGNORECASE)
_OF_HOST = re.compile(r"pg_hba\.conf|is not allowed to connect", re.IGNORECASE)
_OF_TLS = re.compile(r"SSL|TLS|certificate|private key|secure.transport", re.IGNORECASE)
_OF_PASSWORD = re.compile(r"password|access denied for user .* \(using|authentication failed", re.IGNORECASE)
_OF_ROLE = re.compile(r'role ".*"|no such user|locked', re.IGNORECASE)


def advice_on_refusal(url: StateURL, code: object, text: str) -> str:
    """Return what to do when the database refuses the program's connections."""
    if code in ("3D000", 1049) or _OF_DATABASE.search(text):
        return "; create the database, or correct its name at the end of the state's URL"
    if code == 1130 or _OF_HOST.search(text):
        return "; the server's administrator allows this host, for PostgreSQL in `pg_hba.conf`"
    if code in (2026, 3159) or _OF_TLS.search(text):
        return "; check the options for TLS in the state's URL (docs/operations.md)"
    if code in (1820, 1862):
        return "; the password has expired, and the server's administrator sets a new one"
    if code in ("28P01", 1045, 1698) or _OF_PASSWORD.search(text):
        return f"; check the password, {_source_of_password(url)}"
    if code in ("42501", 1044) or "permission denied for database" in text:
        return "; the owner of the database gives the right to connect to the program's role"
    if _OF_ROLE.search(text):
        return "; check the user in the state's URL, or create it as docs/operations.md says"
    return "; check the state's URL and the server's users"


def advice_when_full(code: object, text: str) -> str:
    """Return what to do when the server has no more connections, memory or disk."""
    if code in ("53300", 1040, 1203, 1226) or "connection" in text or "clients" in text:
        return "; allow the server more connections, or `?connections=` in the state's URL allows fewer to each process"
    return ""


def advice_on_defect(code: object, text: str) -> str:
    """Return what to do when a statement can never work with this setup."""
    table = _IN_TEXT.search(text)
    if code in _NO_RIGHT:
        if table is None or table[0] not in NEEDED:
            return "; the owner of the tables gives the rights that docs/operations.md lists to the program's role"
        command = _COMMAND.search(text)
        rights = (command[1].upper(),) if command else NEEDED[table[0]]
        return f"; the owner of the tables gives the right to the program's role: `{grants_of({table[0]: rights})}`"
    if code in _NO_TABLE or "no such table" in text:
        return _MIGRATE
    if code in _NO_COLUMN or "no such column" in text:
        return "; `resolver state migrate` brings the tables to this program's version"
    return ""


def _source_of_password(url: StateURL) -> str:
    if url.url.password or "password" in url.options:
        return "which is in the state's URL"
    if url.dialect == "postgresql":
        return "which is in `PGPASSWORD` or in the file `.pgpass`, since the state's URL has none"
    if "read_default_file" in url.options:
        return "which is in the file that `read_default_file` names"
    return "since the state's URL has none"
