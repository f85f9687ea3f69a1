"""Whatever is in a file, it is answered: in bounded time and memory, with bounded output, and never with a traceback.

`HYPOTHESIS_PROFILE=nightly pytest tests/test_hostile.py` makes each file as large as a file can be.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from resolver.diagnostics import Diagnostic, PolicyError, Source
from resolver.diagnostics.shown import MOST_SHOWN
from resolver.loader import shipped_policy
from resolver.loader.problems import Problems
from resolver.loader.tree import plain
from resolver.yaml_text.documents import LARGEST_FILE, read_documents
from resolver.yaml_text.parser import MOST_EVENTS
from tests.hostile import HOSTILE
from tests.processes import python

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
SECONDS, MEMORY, OUTPUT = (60 if NIGHTLY else 20), 2**30, 150_000
CHECK = """
import contextlib, io, json, resource, sys
from pathlib import Path
from resolver.cli import main

folder, texts, seconds, memory = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_AS, (2 * memory, 2 * memory))  # addresses, of which not all are used
answers = {}
for text in sorted(texts.iterdir()):
    (folder / "more.yaml").write_bytes(text.read_bytes())
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds, resource.RLIM_INFINITY))
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(["check", "--policies", str(folder)], standalone_mode=False)
            code = 0
        except SystemExit as exit:
            code = exit.code
    answers[text.name] = code, len(out.getvalue()), out.getvalue()[:300]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([answers, peak]))
"""


def size_of(name: str) -> int:
    """How large to make a file: some thousand pieces, or as many as a file can have."""
    if not NIGHTLY:
        return 4_000
    step = (len(HOSTILE[name](2_000).encode()) - len(HOSTILE[name](1_000).encode())) / 1_000
    return min(int(LARGEST_FILE / step), MOST_EVENTS // 2) if step else MOST_EVENTS


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_every_file_is_answered(tmp_path: Path, part: int) -> None:
    """Each in a process with limits: exit code 0 or 1, some pages of output, and no gigabytes."""
    folder = copytree(shipped_policy(), tmp_path / "policies", ignore=ignore_patterns("*_test.yaml"))
    texts = tmp_path / "texts"
    texts.mkdir()
    for at, (name, make) in enumerate(HOSTILE.items()):
        if at % 4 == part:
            (texts / name).write_bytes(make(size_of(name)).encode())
    done = python(CHECK, str(folder), str(texts), str(SECONDS), str(MEMORY))
    assert done.returncode == 0, done.stderr[-2_000:]
    answers, peak = json.loads(done.stdout)
    assert peak < MEMORY
    for name, (code, output, start) in answers.items():
        assert code in (0, 1), (name, start)
        assert output < OUTPUT, (name, start)
        assert "Traceback" not in start, (name, start)


def test_many_problems_of_one_kind_are_counted() -> None:
    """The first hundred of a code in a file are shown, and the closing line counts all."""
    source = Source("a.yaml", "a\n" * 500)
    found = [Diagnostic("odd", "this is odd", source.place(2 * at, 2 * at + 1)) for at in range(250)]
    other = Diagnostic("other", "this is other", source.place(0, 1))
    shown = str(PolicyError([*found, other]))
    assert shown.count("error[odd]: this is odd") == MOST_SHOWN
    assert "\n… and 150 more error[odd] in a.yaml\n" in shown
    assert shown.count("error[other]") == 1
    assert shown.endswith("\n251 errors")


@pytest.mark.parametrize("directive", ["%TAG ! tag:x,2000:", "%TAG !e! x", "%TAG"])
@pytest.mark.parametrize("before", ["", "# a\n", "\n\n", "a: b\n...\n", "\ufeff", "# a\r\n"])
def test_a_tag_directive_is_refused_where_it_can_stand(tmp_path: Path, before: str, directive: str) -> None:
    """At the start of a text and between documents, whatever the line ends."""
    file = tmp_path / "a.yaml"
    file.write_text(f"{before}{directive}\n---\nmodel_tiers: {{}}\n", encoding="utf-8", newline="")
    done = python("from resolver.cli import main; main()", "check", "--policies", str(file))
    assert done.returncode == 1
    assert "error[tag]: the directive `%TAG` is not allowed" in done.stdout


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: '\n%TAG ! x\n  '\n", " %TAG ! x "),
        ('a: "\n%TAG ! x\n"\n', " %TAG ! x "),
        ("a: |\n  %TAG ! x\n", "%TAG ! x\n"),
        ("a: b # %TAG\n# %TAG ! x\n", "b"),
    ],
)
def test_what_looks_like_a_directive_in_a_text_is_text(text: str, value: str) -> None:
    """In quotes, in blocks and in comments a line may start with anything, and stays what it is."""
    [document], problems = read_documents(Source("a.yaml", text))
    assert problems == []
    assert plain(document, Problems()) == {"a": value}
