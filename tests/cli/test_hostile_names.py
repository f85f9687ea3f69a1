"""Nothing raw of a name reaches a screen, a file or a CI, whatever command prints it."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from resolver import Resolver
from resolver.cli import main
from resolver.cli.lazy_group import LazyGroup
from resolver.facade.opening import migrate_state
from tests.state.own import own_policy

RAW = "a\x1b[31mb\rc\nd\x9be\u202ef\u2066g\u2028h\x00i\x7f\n::error::forged\n##[error]x y##[error]z ##vso[x]"
SAFE_FOR_FILES = RAW.replace("\x00", "")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
COMMAND = re.compile(r"(?m)^\s*::error::forged|##\[|##vso\[")


def check(text: str) -> None:
    assert FORBIDDEN.search(text) is None, repr(text)
    assert COMMAND.search(text) is None, repr(text)
    assert "\nd" not in text, "a name has ended a line"


def commands(group: click.Group, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of all commands; a new one is found by itself."""
    for name in sorted(group.commands):
        command = group.imported(name) if isinstance(group, LazyGroup) else group.commands[name]
        yield (*prefix, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


ALL = list(commands(main))
NOT_ENDING = {("watch",)}


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy whose state has learned of triads, roles and phases with hostile names, and a database beside it."""
    folder = tmp_path_factory.mktemp("learned")
    path = own_policy(folder)
    with Resolver.open(path) as resolver:
        for _ in range(3):
            resolver.record_failure(SAFE_FOR_FILES, "worker_a", error=f"it said {RAW}")
            resolver.record_failure("layout", SAFE_FOR_FILES.replace(":", ";"), phase=SAFE_FOR_FILES, error="x")
        resolver.lower(SAFE_FOR_FILES, "worker_a", reason=SAFE_FOR_FILES)
    line = {"event": "decision", "triad": RAW, "role": RAW, "phase": RAW, "tier": RAW, "rule": RAW, "entry": RAW}
    (folder / "log.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    migrate_state(f"sqlite:///{folder / 'state.db'}")
    return folder


@pytest.fixture
def folder(learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that policy in the current directory."""
    shutil.copytree(learned, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


ARGUMENTS: list[list[str]] = [
    ["resolve", RAW, "worker_a"], ["resolve", "t", RAW.replace(":", ";"), "--phase", RAW],
    ["resolve", "t", "worker_a", "--fact", f"{RAW}=1"], ["resolve", "t", "worker_a", "--fact", RAW],
    ["explain", RAW, "worker_a", "--phase", RAW], ["explain", RAW, "worker_a", "--format", "json"],
    ["record", RAW, "worker_a", "failure"], ["record", "t", "worker_a", "failure", "--error", RAW],
    ["state"], ["state", "--format", "json"], ["state", "lower", SAFE_FOR_FILES, "worker_a"],
    ["state", "lower", "layout", SAFE_FOR_FILES.replace(":", ";"), "--reason", RAW], ["state", "restore"],
    ["state", "restore", RAW, "worker_a"], ["state", "import", "log.jsonl", "--state", "sqlite:///state.db"],
    ["state", "migrate", "--to", RAW, "--state", "sqlite:///state.db"],
    ["state", "status", "--policies", SAFE_FOR_FILES],
    ["state", "retention", RAW, "--state", "sqlite:///state.db"], ["doctor", "--policies", SAFE_FOR_FILES], ["doctor"],
    ["history"], ["history", "--format", "json"], ["history", "--format", "jsonl"], ["history", "--triad", RAW],
    ["providers"], ["check", "--explain", RAW], ["check", "--policies", SAFE_FOR_FILES], ["table", "--role", RAW],
    ["table", "--html", f"{SAFE_FOR_FILES}/x.html"], ["table", "--phase", RAW], ["diff", SAFE_FOR_FILES],
    ["diff", SAFE_FOR_FILES, "policies", "--format", "markdown"], ["diff", SAFE_FOR_FILES, "--format", "github"],
    ["init", SAFE_FOR_FILES.replace("\n", "n").replace("::", "")], ["init", SAFE_FOR_FILES], ["replay", "log.jsonl"],
    ["replay", "log.jsonl", "--format", "json"], ["replay", SAFE_FOR_FILES], ["test", "--policies", SAFE_FOR_FILES],
    ["rename", "role", RAW, RAW], ["rename", "triad", SAFE_FOR_FILES, "x", "--yes"],
    ["rename", "phase", "execution", RAW], ["rename", "role", "worker_a", SAFE_FOR_FILES.replace(":", ";"), "--yes"],
    ["rename", RAW, "a", "b"],
    ["init", "x1", "--tiers", RAW, "--roles", RAW], ["init", "x2", "--tiers", "a,b", "--roles", RAW],
    ["init", "x3", "--tiers", f"{RAW},b", "--roles", f"{RAW.replace(':', ';')}:b", "--providers", RAW],
    ["init", "x4", "--tiers", f"{SAFE_FOR_FILES},b", "--roles", f"{SAFE_FOR_FILES.replace(':', ';')}:b"],
    ["init", "x5", "--tiers", "x" * 2000 + ",b", "--roles", "a:b"],
    ["rename", "triad", SAFE_FOR_FILES, "x", "--yes", "--format", "json"], ["rename", "tier", "x", RAW, "--yes"],
    ["test", SAFE_FOR_FILES], ["schema", RAW], [RAW], ["--" + RAW], ["resolve", "--" + RAW], ["state", RAW],
    ["resolve", "t", "worker_a", "--state", RAW], ["resolve", "t", "worker_a", "--policies", SAFE_FOR_FILES],
]  # fmt: skip


@pytest.mark.parametrize(
    "arguments", ARGUMENTS, ids=lambda arguments: " ".join(arguments)[:40].encode("unicode_escape").decode()
)
def test_commands_print_names_visibly(folder: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    check(done.stdout)
    check(done.stderr)


@pytest.mark.parametrize("command", [command for command in ALL if command not in NOT_ENDING], ids=" ".join)
@pytest.mark.parametrize("option", ["argument", "policies", "state"])
def test_every_command_survives_a_hostile_argument(folder: Path, command: tuple[str, ...], option: str) -> None:
    more = {"argument": [SAFE_FOR_FILES], "policies": ["--policies", SAFE_FOR_FILES], "state": ["--state", RAW]}[option]
    done = CliRunner().invoke(main, [*command, *more])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    check(done.stdout)
    check(done.stderr)


def test_a_policy_with_hostile_names(tmp_path: Path) -> None:
    """Names in files, in each way in which they are shown."""
    path = own_policy(tmp_path) / "model_tiers.yaml"
    text = path.read_text(encoding="utf-8")
    name = json.dumps(RAW.replace(":", ";").replace("\x00", ""))
    path.write_text(text.replace("worker_b:", f"{name}:", 1), encoding="utf-8")
    page = tmp_path / "page.html"
    for arguments in (["check"], ["table", "--html", str(page)], ["table", "--format", "json"], ["explain", "t", "x"]):
        done = CliRunner().invoke(main, [*arguments, "--policies", str(path.parent)])
        check(done.stdout)
        check(done.stderr)
    if page.exists():
        shown = page.read_text(encoding="utf-8")
        assert FORBIDDEN.search(shown) is None


def test_log_records_of_hostile_names(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`A newline in a triad forges a line`: not for any handler of an application."""
    caplog.set_level(logging.DEBUG)
    with Resolver.open(own_policy(tmp_path)) as resolver:
        for _ in range(9):
            resolver.record_failure(SAFE_FOR_FILES, "worker_a", error=RAW)
        resolver.lower(SAFE_FOR_FILES, "worker_a", reason=SAFE_FOR_FILES)
    assert caplog.messages
    for message in caplog.messages:
        check(message)
        assert "\n" not in message


def test_every_log_call_goes_through_the_safe_loggers() -> None:
    """A logger of another name would have no filter."""
    calls = re.compile(r"getLogger\(([^)]*)\)")
    package = Path(__file__).parents[2] / "resolver"
    names = {name for file in package.rglob("*.py") for name in calls.findall(file.read_text(encoding="utf-8"))}
    assert names <= {'"resolver"', '"resolver.policy"', "_name"} | {name for name in names if "keycycle" in name}
    for name in ("resolver", "resolver.policy"):
        assert logging.getLogger(name).filters


class TestStreams:
    """`> /dev/full`, `>&-` and a closed pipe are no findings."""

    def shell(self, line: str) -> tuple[int, str]:
        command = f"{sys.executable} -m resolver"
        environment = {**os.environ, "R": command}
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=environment)
        return done.returncode, done.stderr

    def test_full_disk(self) -> None:
        code, said = self.shell("$R table > /dev/full")
        assert code == 2
        assert said == "error: cannot write the result: No space left on device\n"

    def test_closed_output(self) -> None:
        code, said = self.shell("$R table >&-")
        assert (code, "Traceback" in said) == (2, False)

    def test_closed_pipe(self) -> None:
        code, said = self.shell("$R table | true; exit ${PIPESTATUS[0]}")
        assert code in (0, 141)
        assert said == ""

    def test_no_colour_on_a_dumb_terminal(self) -> None:
        code, _ = self.shell("TERM=dumb script -qec \"$R table\" /dev/null | grep -q $'\\x1b' && exit 7; exit 0")
        assert code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--policies", ""], ["test", "--policies", ""], ["diff", ""], ["diff", "policies", ""], ["init", ""],
        ["table", "--html", ""], ["replay", ""], ["state", "import", ""], ["state", "status", "--policies", ""],
        ["resolve", "t", "worker_a", "--state", ""], ["doctor", "--policies", ""], ["watch", "--policies", ""],
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_path_is_not_the_current_directory(folder: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert "it is empty" in done.stderr
    assert not list(folder.glob("x*"))


def test_wrong_files_of_tests_are_findings(folder: Path) -> None:
    """As a wrong policy is for `check`."""
    (folder / "policies" / "x_test.yaml").write_text("tests:\n  a: {expct: fast}", encoding="utf-8")
    assert CliRunner().invoke(main, ["test"]).exit_code == 1
    (folder / "policies" / "model_tiers.yaml").write_text("model_tiers: [", encoding="utf-8")
    assert [CliRunner().invoke(main, [name]).exit_code for name in ("test", "check")] == [1, 1]


PRINTED_BY_CLICK = (["--help"], ["--version"], ["check", "--help"], ["state", "lower", "--help"])


@pytest.mark.parametrize("arguments", PRINTED_BY_CLICK, ids=" ".join)
@pytest.mark.parametrize(("stdout", "code"), [(">/dev/full", 2), (">&-", 2), ("| true", 141)])
def test_help_that_cannot_be_printed_ends_as_all_output_does(arguments: list[str], stdout: str, code: int) -> None:
    """A full disk and a closed stdout give 2, a closed pipe 141, and none a traceback."""
    line = f"{sys.executable} -m resolver {' '.join(arguments)} {stdout}; echo ${{PIPESTATUS[0]}} >&2"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == str(code)
    assert "Traceback" not in done.stderr


def test_a_usage_error_that_cannot_be_printed_is_one() -> None:
    """A full stderr changes no exit code."""
    for arguments in ("bogus", "check --bogus"):
        line = f"{sys.executable} -m resolver {arguments} 2>/dev/full"
        assert subprocess.run(["bash", "-c", line], capture_output=True, check=False).returncode == 2


def test_a_stdout_without_the_characters_gets_escapes(folder: Path) -> None:
    """An encoding such as Latin-1 loses nothing, and JSON stays JSON."""
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "resolver", "explain", "t界😀", "worker_a", "--policies", str(folder / "policies")]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "t\\u754c\\U0001f600" in done.stdout.decode("latin-1")
    done = subprocess.run([*command, "--format", "json"], capture_output=True, env=environment, check=False)
    assert json.loads(done.stdout)["triad"] == "t界😀"


def test_replay_of_a_closed_stdin_says_so() -> None:
    """`-` is stdin, which may not be there."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m resolver replay - <&-"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "error: there is nothing to read: stdin is closed\n")
