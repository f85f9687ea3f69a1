"""What a request may be, and what it gets."""

from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Decision, Resolver, ResolverError
from resolver.loader import shipped_policy
from tests.small_policies import ALWAYS, opened, policy_data, rules, written


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


@pytest.fixture(scope="module")
def shipped() -> Resolver:
    return Resolver.open(shipped_policy())


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
    resolver = opened(tmp_path, policy)
    assert resolver.resolve("t", "listed", phase="plan").tier == "general"
    for role, phase in (("listed", None), ("listed", "do"), ("other", "plan")):
        for ask in (resolver.resolve, resolver.explain):
            with pytest.raises(ResolverError, match=f"no rule of `tier` decides for triad `t`, role `{role}`"):
                ask("t", role, phase=phase)


def test_a_listed_phase_without_a_decision_is_not_any_other(tmp_path: Path) -> None:
    """Where the winning rule's tier is an absent fact, the decision of phases that are not listed does not step in."""
    tier = {"only": {"pri": 1, "all": [{"m": {"phase": "plan"}}], "run": {"tier": {"$m": "role_default"}}}}
    last = {"last": {"pri": 2, "all": [{"m": ALWAYS}], "run": {"tier": "fast"}}}
    resolver = opened(tmp_path, policy_data({**tier, **last}))
    assert resolver.resolve("t", "r", phase="do").tier == "fast"
    with pytest.raises(ResolverError, match="no rule of `tier` decides"):
        resolver.resolve("t", "r", phase="plan")
