"""CONTRIBUTING.md and docs/architecture.md name files, commands and imports that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from resolver.cli import options

ROOT = Path(__file__).parent.parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PACKAGE = ROOT / "resolver"
TOP_LEVEL = tuple(f"{path.name}/" for path in ROOT.iterdir() if path.is_dir())
PLACEHOLDERS = {"docs/checks/CODE.md", "resolver/cli/NAME.py"}
"""Files that CONTRIBUTING.md tells a reader to make."""

pytestmark = pytest.mark.skipif(not ARCHITECTURE.is_file(), reason="the documents are in the source tree")


def _code(document: Path) -> list[str]:
    """Return every inline code span of a document."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", document.read_text(encoding="utf-8"))


def _rooms() -> set[str]:
    return {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()} - {
        "__init__",
        "__main__",
    }


def _imports() -> dict[str, set[str]]:
    """Return for each room the rooms that its modules import, wherever in them."""
    rooms = _rooms()
    imports: dict[str, set[str]] = {room: set() for room in rooms}
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).with_suffix("").parts[0]
        if room not in rooms:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                names = [alias.name for alias in node.names] if parts == ["resolver"] else parts[1:2]
                if parts[0] == "resolver":
                    imports[room] |= rooms.intersection(names) - {room}
    return imports


def _arrows() -> dict[str, set[str]]:
    """Return the arrows of the diagram in docs/architecture.md."""
    arrows: dict[str, set[str]] = {room: set() for room in _rooms()}
    for start, end in re.findall(r"^ +(\w+) --> (\w+)$", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE):
        arrows[start].add(end)
    return arrows


def _reached(arrows: dict[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for room in arrows[waiting.pop()] - reached:
            reached.add(room)
            waiting.append(room)
    return reached


@pytest.mark.parametrize("document", [CONTRIBUTING, ARCHITECTURE], ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    """A code span that begins with a top-level directory, or is a file name of the root, is a path."""
    named = [text for text in _code(document) if re.fullmatch(r"[\w./-]+", text)]
    paths = {
        text
        for text in named
        if text.startswith(TOP_LEVEL) or re.fullmatch(r"\w+\.(toml|txt|in|md)|\.[\w-]+\.yaml", text)
    }
    assert paths
    assert {path for path in paths - PLACEHOLDERS if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("document", [CONTRIBUTING, ARCHITECTURE], ids=lambda path: path.name)
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    """`make quick` and the like are targets of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)\b`", document.read_text(encoding="utf-8"))) <= targets


def test_every_room_of_the_package_is_described_once() -> None:
    """The table of docs/architecture.md has one row for each room."""
    rows = re.findall(r"^\| `resolver/(\w+)(?:/|\.py)` \|", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(_rooms())


def test_every_arrow_is_an_import_and_every_import_follows_arrows() -> None:
    """The diagram of docs/architecture.md shows what the rooms import, the shortest way."""
    imports, arrows = _imports(), _arrows()
    assert {(room, end) for room, ends in arrows.items() for end in ends - imports[room]} == set()
    missing = {(room, end) for room, ends in imports.items() for end in ends - _reached(arrows, room)}
    assert missing == set()


def test_no_arrow_repeats_a_longer_path() -> None:
    """An import that other arrows already show has no arrow of its own."""
    arrows = _arrows()
    repeated = {
        (room, end) for room, ends in arrows.items() for end in ends for way in ends if end in _reached(arrows, way)
    }
    assert repeated == set()


def test_every_decorator_that_the_guide_names_exists() -> None:
    """`@options.report_errors` and the like are in the module of that name."""
    names = re.findall(r"`@options\.(\w+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert names
    assert [name for name in names if not hasattr(options, name)] == []
