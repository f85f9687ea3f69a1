"""Every record of the package passes the filter that masks secrets: filters are not inherited by other loggers."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import resolver

FILTERED = ("resolver", "resolver.policy")


def test_no_logger_without_the_filter_is_used() -> None:
    """A logger of another name would print secrets and control characters as they are."""
    root = Path(resolver.__file__).parent
    names = {
        (str(file.relative_to(root)), name)
        for file in root.rglob("*.py")
        for name in re.findall(r"getLogger\(([^)]*)\)", file.read_text(encoding="utf-8"))
    }
    allowed = {f'"{name}"' for name in FILTERED} | {"_name"}
    assert {(file, name) for file, name in names if name not in allowed} == set()
    for name in FILTERED:
        assert any(type(each).__name__ == "_SafeRecords" for each in logging.getLogger(name).filters)
