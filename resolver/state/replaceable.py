"""Reasons why a file cannot be replaced, or not without harm."""

from __future__ import annotations

import grp
import os
import pwd
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")


def why_not_replaceable(path: Path) -> str | None:
    """Return why the file at `path` cannot be replaced without harm, None if no reason is known."""
    path = path.resolve()
    if why := harm_of_replacing(path):
        return why
    try:
        status = path.stat()
    except OSError:
        return None
    user = os.geteuid()
    if user not in (0, status.st_uid):
        owner = _user(status.st_uid)
        return f"it belongs to {owner}, which a process of {_user(user)} cannot keep so; run it as {owner}"
    if user != 0 and status.st_gid not in (os.getegid(), *os.getgroups()):
        return f"its group is {_group(status.st_gid)}, which a process that is not in it cannot keep so"
    if not os.access(path.parent, os.W_OK):
        return "its directory cannot be written into"
    return None


def harm_of_replacing(path: Path) -> str | None:
    """Return why replacing the file at `path` would do harm, whichever user does it."""
    if _is_mounted(path):
        return "it is mounted by itself; mount its directory instead"
    try:
        links = path.stat().st_nlink
    except OSError:
        return None
    if links > 1:
        return f"it has {links} hard links, and its other names would keep the old text; make copies instead"
    return None


def _user(number: int) -> str:
    try:
        return f"`{pwd.getpwuid(number).pw_name}`"
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    try:
        return f"`{grp.getgrgid(number).gr_name}`"
    except KeyError:
        return str(number)


def _is_mounted(path: Path) -> bool:
    """Return whether something is mounted at `path`, such as a file into a container: that name cannot be replaced."""
    try:
        mounts = _MOUNTS.read_bytes()
    except OSError:  # not Linux: `swap` reports it
        return False
    name = os.fsencode(path)
    if os.path.basename(name) not in mounts and not re.search(rb"[ \t\n\\]", name):
        return False
    lines = mounts.splitlines()
    return name in (re.sub(rb"\\(\d{3})", _octal, line.split()[4]) for line in lines)


def _octal(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8)])
