"""How a policy is opened, taken over and let go of."""

import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import resolver
from resolver import PolicyError, Resolver, ResolverError
from resolver.loader import shipped_policy
from tests.processes import python


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the shipped policy."""
    return Path(shutil.copytree(shipped_policy(), tmp_path / "policies"))


@pytest.fixture(scope="module")
def shipped() -> Resolver:
    return Resolver.open(shipped_policy())


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_pri_is_the_precedence(policies: Path) -> None:
    """Moving a rule's `pri`, and nothing else, changes what wins."""
    edit(policies, "model_tiers.yaml", "escalation_state: {}", 'escalation_state: {"layout:worker_a": reasoning}')
    with Resolver.open(policies) as resolver:
        assert resolver.resolve("layout", "worker_a", phase="execution").rule == "escalation"
        edit(policies, "precedence.yaml", "pri: 30", "pri: 15")
        resolver.reload()
        decision = resolver.resolve("layout", "worker_a", phase="execution")
        assert (decision.rule, decision.tier) == ("phase_override", "fast")
        assert resolver.resolve("layout", "worker_a").tier == "reasoning"


def test_nothing_outranks_code_execution(policies: Path) -> None:
    """`code_execution is always fast, whatever the phase and the escalation`."""
    edit(policies, "model_tiers.yaml", "escalation_state: {}", 'escalation_state: {"layout:code_execution": reasoning}')
    edit(policies, "model_tiers.yaml", "  execution:\n", "  execution:\n      code_execution: general\n")
    with Resolver.open(policies) as resolver:
        decisions = {resolver.resolve("layout", "code_execution", phase=phase) for phase in (None, "execution", "x")}
    assert {(decision.tier, decision.rule) for decision in decisions} == {("fast", "code_execution")}


def test_the_policy_here_is_opened_first(policies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`None: ./policies if it is there, else the shipped policy`."""
    edit(policies, "model_tiers.yaml", "worker_b: general", "worker_b: reasoning")
    monkeypatch.chdir(policies.parent)
    assert Resolver.open().resolve("t", "worker_b").tier == "reasoning"
    monkeypatch.chdir(policies)
    assert Resolver.open().resolve("t", "worker_b").tier == "general"


def test_a_path_is_text_or_a_path(policies: Path) -> None:
    """A directory is given as text or as a path."""
    assert Resolver.open(str(policies)).policy.revision == Resolver.open(policies).policy.revision


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A policy that is missing or empty is a ResolverError, and not a PolicyError without any problem."""
    for path, said in ((tmp_path / "nowhere", "does not exist"), (tmp_path, r"has no `\*.yaml` file")):
        with pytest.raises(ResolverError, match=said) as caught:
            Resolver.open(path)
        assert not isinstance(caught.value, PolicyError)


def test_closing_twice_does_nothing(shipped: Resolver) -> None:
    """A resolver may be closed by hand inside its `with`."""
    with shipped as resolver:
        resolver.close()
    shipped.close()


def test_warnings_are_one_line_for_each_code(policies: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`When an application opens a policy, warnings are one log line per code with a count`."""
    for file in ("precedence.yaml", "three_strikes.yaml"):
        edit(policies, file, "rulesets:\n", "rulesets:\t# after a tab\n")
    with caplog.at_level(logging.WARNING, logger="resolver"):
        resolver = Resolver.open(policies)
    [code] = {found.code for found in resolver.policy.warnings}
    assert [record.getMessage() for record in caplog.records] == [
        f"policy {policies}: 2 × {code}; `resolver check` shows them"]  # fmt: skip


BAD: list[Callable[[Path], object]] = [
    lambda folder: edit(folder, "precedence.yaml", "pri: 30", "pri: 20"),
    lambda folder: (folder / "precedence.yaml").write_text("{"),
    lambda folder: [*map(Path.unlink, folder.iterdir())],
    shutil.rmtree,
]


@pytest.mark.parametrize("spoil", BAD, ids=["same pri", "no YAML", "no files", "no directory"])
def test_a_bad_policy_stays_out(policies: Path, spoil: Callable[[Path], object]) -> None:
    """`A policy that fails stays out and the old one goes on serving`, and the next good one is taken over."""
    resolver = Resolver.open(policies)
    before = resolver.table
    shutil.copytree(policies, policies.parent / "good")
    spoil(policies)
    with pytest.raises(ResolverError):
        resolver.reload()
    assert resolver.table is before
    assert resolver.resolve("layout", "worker_a").tier == "general"
    shutil.copytree(policies.parent / "good", policies, dirs_exist_ok=True)
    edit(policies, "model_tiers.yaml", "worker_a: general", "worker_a: reasoning")
    resolver.reload()
    assert resolver.resolve("layout", "worker_a").tier == "reasoning"


@pytest.mark.slow
def test_threads_see_the_old_policy_or_the_new(policies: Path) -> None:
    """`readers never lock`: while it is reloaded, 8 threads get decisions of one policy or the other, and no errors."""
    resolver = Resolver.open(policies)
    seen: list[tuple[str, str, str]] = []
    over = threading.Event()

    def ask() -> None:
        mine = set()
        while not over.is_set():
            listed, unlisted = resolver.resolve("t", "worker_a"), resolver.resolve("t", "nobody", phase="x")
            explained = resolver.explain("t", "worker_a").decision
            mine |= {(decision.rule, decision.tier, decision.revision) for decision in (listed, unlisted, explained)}
        seen.extend(mine)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    revisions = [resolver.policy.revision]
    for thread in threads:
        thread.start()
    switch = sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-5)
        for old, new in [("general", "reasoning"), ("reasoning", "general")] * 5:
            edit(policies, "model_tiers.yaml", f"worker_a: {old}", f"worker_a: {new}")
            resolver.reload()
            revisions.append(resolver.policy.revision)
            edit(policies, "precedence.yaml", "pri: 30", "pri: 20")
            with pytest.raises(PolicyError):
                resolver.reload()
            edit(policies, "precedence.yaml", "      pri: 20\n      all:\n        - m: {$ex: {phase_override", (
                "      pri: 30\n      all:\n        - m: {$ex: {phase_override"))  # fmt: skip
    finally:
        over.set()
        sys.setswitchinterval(switch)
    for thread in threads:
        thread.join()
    first, second = revisions[:2]
    assert {*revisions} == {first, second}
    assert {*seen} == {
        ("role_default", "general", first), ("role_default", "reasoning", second),
        ("unlisted_role", "general", first), ("unlisted_role", "general", second)}  # fmt: skip


def test_a_child_process_goes_on(policies: Path) -> None:
    """`Safe […] after fork`: the child resolves and reloads, though threads of its parent were in the middle of it."""
    done = python(
        """
        import os, sys, threading, time
        from pathlib import Path
        from resolver import Resolver
        from resolver.compiler import engine_rules
        from resolver.domain import Present
        from resolver.engine import Judge

        resolver = Resolver.open(sys.argv[1])
        rules = Path(sys.argv[1], "precedence.yaml")
        rules.write_text(rules.read_text().replace("tier: general", "tier: reasoning"))
        held, over = threading.Event(), threading.Event()
        def hold():
            with Judge(engine_rules(Present("role"))):
                held.set()
                over.wait()
        threads = [threading.Thread(target=hold), threading.Thread(target=resolver.reload)]
        threads[0].start()
        held.wait()
        threads[1].start()
        time.sleep(0.2)  # it waits for the engine, and holds what keeps reloads apart
        child = os.fork()
        if not child:
            before = resolver.resolve("t", "nobody").tier
            resolver.reload()
            os._exit(10 * len(before) + len(resolver.resolve("t", "nobody").tier))
        _, status = os.waitpid(child, 0)
        over.set()
        for thread in threads:
            thread.join()
        print(os.waitstatus_to_exitcode(status), resolver.resolve("t", "nobody").tier)
        """,
        str(policies),
    )
    assert done.stdout == "79 reasoning\n", done.stderr


def test_importing_is_light() -> None:
    """Importing the package loads no room; its Resolver loads no agents, no second YAML reader, no command line."""
    done = python("""
        import sys
        import resolver
        print(sorted(name for name in sys.modules if name.startswith("resolver.")))
        resolver.Resolver
        print(sorted({name.partition(".")[0] for name in sys.modules}
            & {"agno", "keycycle", "ruamel", "rich", "click", "sqlalchemy", "hypothesis", "durable", "asyncio"}))
    """)
    assert done.stdout == "['resolver.lazy_names']\n[]\n", done.stderr


def test_every_public_name_is_there() -> None:
    """Each name of `resolver.__all__` is loaded when it is used, and an unknown name is an AttributeError."""
    assert {name for name in resolver.__all__ if getattr(resolver, name, None) is None} == set()
    assert set(resolver.__all__) <= set(dir(resolver))
    with pytest.raises(AttributeError, match="has no attribute `Resolvr`"):
        resolver.Resolvr  # noqa: B018  the look is the test


def test_an_old_name_warns(policies: Path) -> None:
    """`lost` does what `removed_entries` does for one more version."""
    with Resolver.open(policies) as opened, pytest.warns(DeprecationWarning, match="removed_entries"):
        assert opened.lost() == opened.removed_entries()


def test_the_package_runs_as_a_module() -> None:
    """`python -m resolver` is the `resolver` command."""
    command = [sys.executable, "-m", "resolver", "resolve", "layout", "worker_a", "--phase", "execution"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent.parent)
    assert (done.returncode, done.stdout) == (0, "fast\n"), done.stderr


def test_rooms_are_attributes_of_the_package() -> None:
    """`import resolver; resolver.loader` works before anything else has imported the room."""
    done = python("import resolver\nprint(resolver.loader.load_policy.__name__)\nresolver.nothing")
    assert done.stdout == "load_policy\n"
    assert "has no attribute `nothing`" in done.stderr


def test_a_subclass_need_not_know_of_the_decision_log(policies: Path, tmp_path: Path) -> None:
    """Its `__init__` takes what the documented one takes."""

    class Own(Resolver):
        def __init__(self, live: Any, store: Any, providers: Any = None) -> None:
            super().__init__(live, store, providers)

    log = tmp_path / "decisions.jsonl"
    with Own.open(policies, decision_log=log) as opened:
        opened.resolve("layout", "worker_a")
    assert '"worker_a"' in log.read_text(encoding="utf-8")
