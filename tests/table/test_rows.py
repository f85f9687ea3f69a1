from pathlib import Path
from typing import Any

from resolver.domain import Decision
from resolver.table import ANY_OTHER, DecisionTable, compile_table
from resolver.table.rows import Phases
from tests.small_policies import ALWAYS, loaded, policy_data

FIRST_GIVEN = {
    name: {"pri": at, "all": [{"m": {"$ex": {fact: 1}}}], "run": {"tier": {"$m": fact}}}
    for at, (name, fact) in enumerate(
        {"escalation": "escalated_tier", "override": "phase_override", "default": "role_default"}.items(), 10
    )
}
LAST = {"last": {"pri": 99, "all": [{"m": ALWAYS}], "run": {"tier": "fast"}}}


def table(tmp_path: Path, *, more: dict[str, Any] | None = None, **tables: Any) -> DecisionTable:
    return compile_table(loaded(tmp_path, policy_data({**(more or {}), **FIRST_GIVEN, **LAST}, **tables)))


def tiers(phases: Phases) -> dict[object, str]:
    return {phase: decision.tier for phase, decision in phases.items() if isinstance(decision, Decision)}


def test_every_named_role_has_a_row(tmp_path: Path) -> None:
    """Roles of defaults, overrides, escalations and rules have a row; all others share one."""
    made = table(
        tmp_path,
        more={"named": {"pri": 1, "all": [{"m": {"role": "d"}}], "run": {"tier": "general"}}},
        role_defaults={"a": "general"},
        phase_overrides={"plan": {"b": "reasoning"}},
        escalation_state={"t:c": "reasoning"},
    )
    assert [*made.rows] == ["a", "b", "d", "c"]
    assert tiers(made.others[1]) == {None: "fast", "": "fast", ANY_OTHER: "fast"}
    assert tiers(made.rows["b"][1]) == {None: "fast", "": "fast", "plan": "reasoning", ANY_OTHER: "fast"}


def test_an_escalation_is_the_triads_own(tmp_path: Path) -> None:
    """Only triads whose decisions differ from those of all others stand in a row."""
    made = table(tmp_path, escalation_state={"t:a": "reasoning", "u:a": "fast"}, role_defaults={"a": "general"})
    triads, others = made.rows["a"]
    assert [*triads] == ["t", "u"]
    assert [tiers(phases)[None] for phases in (triads["t"], triads["u"], others)] == ["reasoning", "fast", "general"]


def test_a_triad_that_a_rule_names_stands_in_every_row(tmp_path: Path) -> None:
    """A rule about a triad is about all its roles, those that are not listed too."""
    named = {"named": {"pri": 1, "all": [{"m": {"triad": "t"}}], "run": {"tier": "general"}}}
    made = table(tmp_path, more=named, role_defaults={"a": "reasoning"})
    for triads, others in (made.rows["a"], made.others):
        assert [*triads] == ["t"]
        assert tiers(triads["t"])[None] == "general" != tiers(others)[None]


def test_what_decides_alike_is_one_object(tmp_path: Path) -> None:
    """`Roles, triads and phases with the same decisions share the same objects`, so many roles cost little."""
    many = {f"r{at}": "general" for at in range(500)}
    made = table(tmp_path, role_defaults=many, escalation_state={f"t:r{at}": "reasoning" for at in range(500)})
    assert len({id(others) for _, others in made.rows.values()}) == 1
    assert len({id(triads["t"]) for triads, _ in made.rows.values()}) == 1


def test_a_role_that_no_request_can_name_has_no_row(tmp_path: Path) -> None:
    """A rule may name a role with a colon, which ends the triad in `triad:role`."""
    named = {"named": {"pri": 1, "all": [{"m": {"role": ["a:b", "c"]}}], "run": {"tier": "general"}}}
    assert [*table(tmp_path, more=named).rows] == ["c"]


def test_no_decision_is_none(tmp_path: Path) -> None:
    """A phase in which no rule decides is there, without a decision; so is one whose tier is an absent fact."""
    only = {"only": {"pri": 1, "all": [{"m": {"phase": ["plan", "do"]}}], "run": {"tier": {"$m": "role_default"}}}}
    made = compile_table(loaded(tmp_path, policy_data(only, role_defaults={"a": "general"})))
    assert made.others[1] == {None: None, "": None, "plan": None, "do": None, ANY_OTHER: None}
    assert tiers(made.rows["a"][1]) == {"plan": "general", "do": "general"}
