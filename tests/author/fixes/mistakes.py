"""Policies with mistakes: all of those that messages are tested with, and what an author is told of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from resolver.author import Fix, PolicyTexts, findings, fixes_of
from resolver.diagnostics import Diagnostic, PolicyError, ResolverError
from resolver.domain import Policy
from resolver.loader import MemorySource, load_policy
from resolver.prover import prove
from resolver.table import compile_table
from tests.loader.test_mistakes import FILE, TABLE
from tests.prover.shipped import edited
from tests.prover.test_codes import CASES
from tests.test_bad_policies import CORPUS


def policy(text: str) -> PolicyTexts:
    """A policy of one file in a directory."""
    return PolicyTexts(FILE.parent, {FILE: text})


def all_mistakes(folder: Path) -> Iterator[tuple[str, PolicyTexts]]:
    """Yield the name and the texts of each policy with a mistake; `folder` is for copies of the shipped policy."""
    for group in TABLE["mistakes"]:
        for text in group["write"]:
            yield f"{group['about']}: {text!r}", policy(TABLE["base"].replace(group["instead_of"], text, 1))
    for case in sorted(CORPUS.iterdir()):
        files = {Path(case.name, file.name): file.read_bytes() for file in sorted(case.glob("*.y*ml"))}
        texts = {file: content.decode("utf-8", "replace").lstrip("\ufeff") for file, content in files.items()}
        single = Path(case.name, "config.yaml")
        yield f"bad_policies/{case.name}", PolicyTexts(single if single in texts else Path(case.name), texts)
    for name, (setup, bad) in CASES.items():
        (folder / name).mkdir()
        path = edited(folder / name, *setup, bad)
        texts = {Path("policies", file.name): file.read_text(encoding="utf-8") for file in sorted(path.glob("*.yaml"))}
        yield f"prover/{name}", PolicyTexts(Path("policies"), texts)


def offered(texts: PolicyTexts) -> Iterator[tuple[Diagnostic, list[Fix]]]:
    """Yield each diagnostic of a policy with its fixes."""
    before = findings(texts)
    for diagnostic in before.diagnostics:
        yield diagnostic, fixes_of(texts, diagnostic, before)


def told(texts: PolicyTexts, *, is_proven: bool = True) -> tuple[Counter[tuple[str, str]], Policy | None, bool]:
    """What an author is told, without places; the policy if it loads; and whether an error keeps it out of force."""
    files = {path: text.encode() for path, text in texts.texts.items() if not path.stem.endswith("_test")}
    try:
        loaded = load_policy(MemorySource(texts.path, files, is_directory=texts.path not in texts.texts))
    except PolicyError as error:
        return _said(error.diagnostics), None, True
    except ResolverError:
        return Counter(), None, True
    if not is_proven:
        return _said(loaded.warnings), loaded, False
    try:
        found = prove(compile_table(loaded)).diagnostics
    except PolicyError as error:
        found = error.diagnostics
    return _said((*loaded.warnings, *found)), loaded, any(each.level == "error" for each in found)


def _said(diagnostics: tuple[Diagnostic, ...]) -> Counter[tuple[str, str]]:
    return Counter((each.code, _without_numbers(each.message)) for each in diagnostics)


def _without_numbers(message: str) -> str:
    return re.sub(r"(line |yaml:)\d+", r"\1N", message)
