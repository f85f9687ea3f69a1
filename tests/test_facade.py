import logging
import shutil
import sys
import threading
from collections.abc import Callable
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Decision, PolicyError, Resolver, ResolverError
from resolver.loader import shipped_policy
from tests.processes import python
from tests.small_policies import ALWAYS, policy_data, rules, written


class Plain(StrEnum):
    TRIAD = "layout"
    ROLE = "worker_a"
    PHASE = "execution"


class Printed(str, Enum):  # noqa: UP042 - prints as Printed.ROLE, which is the point
    TRIAD = "layout"
    ROLE = "worker_a"
    PHASE = "execution"
    COLON = "worker:a"


class Text(str):
    __slots__ = ()


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


def test_a_decision_says_where_and_why(shipped: Resolver) -> None:
    """Tier, rule, reason, models in the order to try them, and the revision of the policy."""
    decision = shipped.resolve("layout", "worker_a", phase="execution")
    assert (decision.tier, decision.rule) == ("fast", "phase_override")
    assert decision.because == "The phase has a tier of its own for this role."
    assert [*decision.models] == ["cerebras", "groq", "gemini", "openrouter"]
    assert decision.revision == shipped.policy.revision
    assert shipped.resolve("layout", "worker_b", phase="execution") is decision
    with pytest.raises(TypeError):
        decision.models["cerebras"] = "another"  # type: ignore[index]


@pytest.mark.parametrize("role", ["worker_a", "unlisted", "code_execution", ""])
@pytest.mark.parametrize("triad", ["layout", "", "a:b"])
def test_no_phase_and_an_empty_one_are_the_same(shipped: Resolver, triad: str, role: str) -> None:
    """`No phase and the phase "" are the same`, and empty names are ordinary names."""
    assert (
        shipped.resolve(triad, role, phase="")
        is shipped.resolve(triad, role)
        is shipped.resolve(triad, role, phase=None)
    )
    explained = shipped.explain(triad, role, phase="")
    assert (explained.phase, explained.decision) == (None, shipped.resolve(triad, role))


def test_what_is_not_listed_is_any_other(shipped: Resolver) -> None:
    """A role that nobody listed runs general in every phase, listed or not."""
    decisions = {
        shipped.resolve("t", "nobody", phase=phase) for phase in (None, "execution", "nowhere", "\ud800", "x" * 9999)
    }
    assert {(decision.tier, decision.rule) for decision in decisions} == {("general", "unlisted_role")}


@pytest.mark.parametrize("names", [Plain, Printed, lambda name: Text(getattr(Plain, name))])
def test_text_of_any_class_is_text(shipped: Resolver, names: Any) -> None:
    """Members of an enumeration, and any other `str`, name what their value names."""
    triad, role, phase = (
        getattr(names, name) if isinstance(names, type) else names(name) for name in Plain.__members__
    )
    assert shipped.resolve(triad, role, phase=phase) is shipped.resolve("layout", "worker_a", phase="execution")
    explained = shipped.explain(triad, role, phase=phase)
    assert {type(name) for name in (explained.subject.triad, explained.subject.role, explained.phase)} == {str}
    assert str(explained.subject) == "layout:worker_a"
    assert (explained.values["role"], explained.values["phase_override"]) == ("worker_a", "fast")


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ((None, "critic", None), "a triad is text, not `None`"),
        (("t", None, None), "a role is text, not `None`"),
        ((3, "critic", None), "a triad is text, not `3`"),
        (("t", b"critic", None), "a role is text, not `b'critic'`"),
        (("t", "critic", 3), "a phase is text, not `3`"),
        (("t", "critic", False), "a phase is text, not `False`"),
        ((["t"], "critic", None), "a triad is text, not `['t']`"),
        (("t", ["critic"], None), "a role is text, not `['critic']`"),
        (("t", "critic", {}), "a phase is text, not `{}`"),
        (("t", "a:b", None), "the role `a:b` has a colon, which ends the triad in `triad:role`"),
        (("t", Printed.COLON, None), "the role `worker:a` has a colon, which ends the triad in `triad:role`"),
    ],
)
def test_what_is_no_name_is_an_error_that_says_so(shipped: Resolver, request_: tuple[Any, Any, Any], said: str) -> None:
    """`a role with a colon [is] a ResolverError naming [it]`; so is what is not text, hashable or not."""
    triad, role, phase = request_
    for ask in (shipped.resolve, shipped.explain):
        with pytest.raises(ResolverError) as caught:
            ask(triad, role, phase=phase)
        assert str(caught.value) == said


def test_a_rule_does_not_make_a_colon_a_name(tmp_path: Path) -> None:
    """A role with a colon is refused even where a rule names it."""
    with Resolver.open(written(tmp_path, policy_data(rules({"role": "a:b"}, ALWAYS)))) as resolver:
        with pytest.raises(ResolverError, match="has a colon"):
            resolver.resolve("t", "a:b")
        assert resolver.resolve("t", "a").rule == "r1"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2) | st.tuples(inner),
)


class TestRequests:
    """`ResolverError as the base of all errors`."""

    @given(triad=ANYTHING, role=ANYTHING, phase=ANYTHING, facts=st.none() | st.dictionaries(st.text(), ANYTHING))
    def test_a_request_is_decided_or_a_resolver_error(
        self, shipped: Resolver, triad: Any, role: Any, phase: Any, facts: Any
    ) -> None:
        named = all(isinstance(name, str) for name in (triad, role)) and (phase is None or isinstance(phase, str))
        if named and ":" not in role and not facts:
            assert isinstance(shipped.resolve(triad, role, phase=phase, facts=facts), Decision)
        else:
            with pytest.raises(ResolverError):
                shipped.resolve(triad, role, phase=phase, facts=facts)


def test_extra_facts_are_seen(tmp_path: Path) -> None:
    """Facts of the request reach the rules, no facts and `{}` are the same, and others are refused."""
    policy = policy_data(rules({"preset": "a"}, ALWAYS), facts={"preset": {"values": ["a", "b"]}})
    given: list[Any] = [None, {}, {"preset": "a"}, {"preset": "b"}]
    with Resolver.open(written(tmp_path, policy)) as resolver:
        assert [resolver.resolve("t", "r", facts=facts).rule for facts in given] == ["r1", "r1", "r0", "r1"]
        for ask in (resolver.resolve, resolver.explain):
            with pytest.raises(ResolverError, match="declares no fact `presets`; did you mean `preset`"):
                ask("t", "r", facts={"presets": "a"})


def test_without_a_rule_there_is_an_error(tmp_path: Path) -> None:
    """Where no rule decides, the request is named; so where the winning rule's tier is an absent fact."""
    policy = policy_data(
        {"only": {"pri": 1, "all": [{"m": {"phase": "plan"}}], "run": {"tier": {"$m": "role_default"}}}},
        role_defaults={"listed": "general"},
    )
    with Resolver.open(written(tmp_path, policy)) as resolver:
        assert resolver.resolve("t", "listed", phase="plan").tier == "general"
        for role, phase in (("listed", None), ("listed", "do"), ("other", "plan")):
            with pytest.raises(ResolverError, match=f"no rule of `tier` decides for triad `t`, role `{role}`"):
                resolver.resolve("t", role, phase=phase)


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
    """`Safe […] after fork`: the child resolves and reloads, though a thread of its parent was reloading."""
    done = python(
        """
        import os, sys, threading
        from resolver import Resolver
        from resolver.engine import engine_lock

        resolver = Resolver.open(sys.argv[1])
        held, over = threading.Event(), threading.Event()
        def hold():
            with engine_lock():
                held.set()
                over.wait()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if not child:
            resolver.reload()
            os._exit(len(resolver.resolve("t", "worker_a").tier))
        _, status = os.waitpid(child, 0)
        over.set()
        thread.join()
        print(os.waitstatus_to_exitcode(status), resolver.resolve("t", "worker_a").tier)
        """,
        str(policies),
    )
    assert done.stdout == "7 general\n", done.stderr


def test_importing_is_light() -> None:
    """`import resolver stays light`: no agents, no YAML reader of the tests, and nothing of the command line."""
    done = python("""
        import sys
        import resolver
        print(sorted({name.partition(".")[0] for name in sys.modules}
            & {"agno", "keycycle", "ruamel", "rich", "click", "sqlalchemy", "hypothesis", "durable"}))
    """)
    assert done.stdout == "[]\n", done.stderr
