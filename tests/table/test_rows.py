from pathlib import Path
from typing import Any

from resolver.domain import NO_OPTIONS, Decision, Subject
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


def test_a_phase_that_is_not_listed_is_a_phase(tmp_path: Path) -> None:
    """A rule may tell no phase from some phase, though it names none."""
    made = table(tmp_path, more={"some": {"pri": 1, "all": [{"m": {"$ex": {"phase": 1}}}], "run": {"tier": "general"}}})
    assert tiers(made.others[1]) == {None: "fast", "": "fast", ANY_OTHER: "general"}


def test_overrides_tell_roles_apart(tmp_path: Path) -> None:
    """Roles with the same default and other overrides do not share a row."""
    overrides = {"plan": {"a": "reasoning", "b": "general"}}
    made = table(tmp_path, role_defaults=dict.fromkeys("abc", "fast"), phase_overrides=overrides)
    assert [tiers(made.rows[role][1]).get("plan") for role in "abc"] == ["reasoning", "general", None]


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


def test_a_subject_can_get_what_any_phase_gives_it(tmp_path: Path) -> None:
    """Without its entry, in all phases: the row of the role, of no phase, and what rules say of phases and triads."""
    made = table(
        tmp_path,
        more={"named": {"pri": 1, "all": [{"m": {"triad": "u"}}], "run": {"tier": "reasoning"}}},
        role_defaults={"a": "general"},
        phase_overrides={"plan": {"a": "fast", "b": "reasoning"}},
        escalation_state={"t:a": "reasoning"},
    )
    got = {
        name: made.index.tiers_without_entry(Subject(*name)) for name in (("t", "a"), ("t", "b"), ("t", ""), ("u", "a"))
    }
    assert got["t", "a"] == {"general", "fast"}
    assert got["t", "b"] == {"fast", "reasoning"}
    assert got["t", ""] == {"fast"}
    assert got["u", "a"] == {"reasoning"}


def test_a_subject_can_get_what_extra_facts_give_it(tmp_path: Path) -> None:
    """Any values of the policy's own facts; a fact that holds the tier gives those with which its rule can win."""
    more = {
        "held": {"pri": 1, "all": [{"m": {"wanted": ["fast", "general"]}}], "run": {"tier": {"$m": "wanted"}}},
        "large": {
            "pri": 2,
            "all": [{"m": {"$and": [{"$gt": {"size": 9}}, {"$ex": {"phase": 1}}]}}],
            "run": {"tier": "reasoning"},
        },
    }
    facts = {"wanted": {"values": ["fast", "general", "reasoning"]}, "size": {"integer": True}}
    for rules_, expected in ((more, {"fast", "general", "reasoning"}), ({"held": more["held"]}, {"fast", "general"})):
        made = compile_table(loaded(tmp_path, policy_data({**rules_, **FIRST_GIVEN, **LAST}, facts=facts)))
        assert made.index.tiers_without_entry(Subject("t", "r")) == expected


def test_a_decision_has_the_options_of_its_tier(tmp_path: Path) -> None:
    """The options are the tier's own, made once for the policy and not for each decision."""
    data = policy_data({**FIRST_GIVEN, **LAST}, role_defaults={"a": "general"})
    data["model_tiers"]["tiers"]["general"]["providers"] = {"local": {"id": "m", "effort": "high"}}
    made = compile_table(loaded(tmp_path, data))
    with_options, without = made.rows["a"][1][None], made.others[1][None]
    assert with_options is not None
    assert without is not None
    assert (with_options.models, with_options.options) == ({"local": "m"}, {"local": {"effort": "high"}})
    assert with_options.options is made.policy.model_tiers.tiers["general"].options
    assert without.options is NO_OPTIONS
    assert hash(with_options) != hash(without)
