"""Checks of the installed packages against the lowest versions that this package was tested with."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from resolver.facade.doctor.finding import Finding, ok, warning

_SHOWN = (
    *("durable-rules", "SQLAlchemy", "alembic", "psycopg", "PyMySQL", "agno", "keycycle"),
    *("opentelemetry-api", "opentelemetry-sdk", "watchfiles"),
)
"""Packages whose versions matter in a report of a problem; those of extras may be missing."""

_REQUIRED = frozenset({"durable-rules"})
_OURS = "tier-resolver"


def version_findings() -> Iterator[Finding]:
    """Yield the version of Python, of this package, and of each package that it uses, as far as they are installed."""
    yield ok(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    ours = _version(_OURS)
    yield (
        ok(f"{_OURS} {ours}")
        if ours
        else warning(
            f"{_OURS} runs from a source tree that is not installed",
            "install it with pip, so that its version is known",
        )
    )
    lowest = _lowest_versions()
    for name in _SHOWN:
        found, needed = _version(name), lowest.get(name.lower())
        if found is None:
            if name in _REQUIRED:
                yield warning(f"{name} is not installed as a package", f"`pip install {name}`")
        elif needed is not None and _numbers(found) < _numbers(needed):
            yield warning(f"{name} {found} is older than {needed}", f"`pip install '{name}>={needed}'`")
        else:
            yield ok(f"{name} {found}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _lowest_versions() -> dict[str, str]:
    """Return package name, in lower case, to the lowest version that this package asks for."""
    try:
        lines = requires(_OURS) or []
    except PackageNotFoundError:
        return {}
    found = (re.match(r"([\w.-]+)(?:\[[\w,.-]*\])?\s*>=\s*([\d.]+)", line) for line in lines)
    return {match[1].lower(): match[2] for match in found if match}


def _numbers(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparison."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    numbers = tuple(map(int, match[0].split("."))) if match else ()
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    return numbers
