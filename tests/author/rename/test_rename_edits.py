"""Renaming in texts: every place of a name changes, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from resolver.author import PolicyNames, PolicyTexts, not_there, rename_edits, renamed_texts
from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Renaming, Subject
from resolver.loader import MemorySource, load_policy, policy_files, shipped_policy
from resolver.table import DecisionTable, compile_table
from resolver.testing.strategies import policies, requests, texts, yaml_text

FOLDER = Path("policies")
FILE, TESTS = FOLDER / "a.yaml", FOLDER / "a_test.yaml"
AWKWARD = ["yes", "12", "null", "a b", "x: y", "#x", "'", '"', "\\", "\u202e", "é", "- x", "*a", "{", "~", "0x1F", "🙂"]

EVERYWHERE = """\
# role_a, phase_a, tier_a, fact_a and triad_a in a comment stay
model_tiers:
  ladder: [tier_a, "top"] # tier_a
  tiers:
    tier_a: {providers: {p: role_a}} # a model id may be called like a role
    'top': {providers: {p: tier_a}}
  provider_order: [p]
  role_defaults: {role_a: tier_a, "other": top}
  phase_overrides:
    phase_a: # phase_a
      role_a : 'tier_a'
  escalation_state:
    "triad_a:role_a":   tier_a   # triad_a:role_a
    "phase_a:other": tier_a
facts:
  fact_a: {values: [tier_a, top], description: fact_a says tier_a}
  holder: {values: [role_a, phase_a, fact_a]}
rulesets:
  tier:
    rule_a:
      pri: 1
      all: [{m: {$and: [{role: role_a}, {phase: [phase_a, other]}, {$neq: {triad: triad_a}}, {$ex: {fact_a: 1}}]}}]
      run: {tier: {$m: fact_a}}
      because: role_a wants tier_a
    compared:
      pri: 2
      all:
        - m: {$or: [{$neq: {role_default: {$m: fact_a}}}, {fact_a: tier_a}, {holder: role_a}]}
      run: {tier: tier_a}
    rest: {pri: 3, all: [{m: {$ex: {role: 1}}}], run: {tier: tier_a}}
  outcome:
    rule_a: {pri: 0, all: [{m: {kind: rule_a}}], run: ignore} # rule_a
    raise: {pri: 1, all: [{m: {$and: [{failed_tier: tier_a}, {kind: role_a}]}}], run: {escalate_to: top}}
    count: {pri: 2, all: [{m: {result: failure}}], run: count}
    reset: {pri: 3, all: [{m: {result: success}}], run: reset}
"""
CASES = """\
tests:
  role_a on tier_a: # role_a
    role: [role_a, other]
    triad: triad_a
    phase: [phase_a, ""]
    escalated_tier: tier_a
    facts: {fact_a: tier_a, holder: role_a}
    expect: tier_a
  whole: {role: role_a, expect: {tier: tier_a, rule: rule_a, models: {p: role_a}}}
  history:
    role: role_a
    history:
      - {result: failure, kind: role_a, phase: phase_a, ran_on: tier_a, facts: {fact_a: top}, expect: count}
      - {result: failure, expect: {effect: escalate, to: tier_a, tier: tier_a, rule: raise}}
      - {result: failure, kind: rule_a, expect: {effect: ignore, rule: rule_a}}
"""
PLACES = {"role": (4, 3), "phase": (2, 2), "tier": (11, 7), "fact": (5, 2), "triad": (2, 1), "rule": (1, 1)}
"""The places of each name in the policy and in its tests, counted by hand."""


def _texts(policy: str = EVERYWHERE, tests: str = CASES) -> PolicyTexts:
    return PolicyTexts(FOLDER, {FILE: policy, TESTS: tests})


def _load(texts: PolicyTexts) -> DecisionTable:
    files = {path: text.encode() for path, text in texts.texts.items() if not texts.is_test(path)}
    return compile_table(load_policy(MemorySource(texts.path, files, is_directory=texts.is_directory)))


def _renamed(texts: PolicyTexts, kind: str, old: str, new: str) -> PolicyTexts:
    return renamed_texts(texts, rename_edits(texts, NameKind(kind), old, new, _ruleset(kind)))


def _ruleset(kind: str) -> str:
    """Return the ruleset that tests rename in, for a rule."""
    return "tier" if kind == NameKind.RULE else ""


@pytest.mark.parametrize("kind", NameKind)
def test_every_place_of_a_name_changes(kind: NameKind) -> None:
    """In rows, rules, entries and tests; comments, texts for people, models and rules of the same name stay."""
    edits = rename_edits(_texts(), kind, f"{kind}_a", "new", _ruleset(kind))
    assert (len(edits[FILE]), len(edits[TESTS])) == PLACES[kind]
    after = renamed_texts(_texts(), edits)
    for path, text in _texts().texts.items():
        before, now = text.splitlines(), after.texts[path].splitlines()
        assert [line.partition("#")[2] for line in before] == [line.partition("#")[2] for line in now]
    assert "because: role_a wants tier_a" in after.texts[FILE]
    assert "description: fact_a says tier_a" in after.texts[FILE]
    assert "p: role_a" in after.texts[FILE]
    assert "kind: role_a" in after.texts[FILE]
    _load(after)


@pytest.mark.parametrize("new", AWKWARD)
@pytest.mark.parametrize("kind", NameKind)
def test_any_name_can_be_the_new_one(kind: NameKind, new: str) -> None:
    """A name that YAML takes for something else is written in quotes."""
    new = new.replace(":", ";") if kind is NameKind.ROLE else new
    after = _renamed(_texts(), kind, f"{kind}_a", new)
    assert PolicyNames(after).places(kind, new, _ruleset(kind))
    assert not PolicyNames(after).places(kind, f"{kind}_a", _ruleset(kind))
    back = _renamed(after, kind, new, f"{kind}_a")
    assert PolicyNames(back).names(kind) == PolicyNames(_texts()).names(kind)
    assert _load(back).policy.revision == _load(_texts()).policy.revision


@pytest.mark.parametrize("kind", NameKind)
@pytest.mark.parametrize(
    "written",
    [
        ("", ""),
        ("\ufeff", "\n"),
        ("\n", "\r\n"),
        ("---\n", "\n...\n"),
    ],
)
def test_no_other_byte_changes(kind: NameKind, written: tuple[str, str]) -> None:
    """Between the names, every character stays: there and back is the same text."""
    head, tail = written
    texts = _texts(head.lstrip("\ufeff") + EVERYWHERE + tail, CASES.replace("\n", "\r\n"))
    there = _renamed(texts, kind, f"{kind}_a", "quite_new")
    assert _renamed(there, kind, "quite_new", f"{kind}_a").texts == texts.texts


@given(policies(total=False), st.data())
def test_a_renamed_policy_decides_alike(policy: dict[str, Any], data: DataObject) -> None:
    """For any policy, any of its names and any new name: each request gets the tier that it got, by its new names."""
    before = PolicyTexts(FOLDER, {FILE: yaml_text(policy)})
    names = PolicyNames(before)
    known = list(dict.fromkeys(found.of for found in names.all() if found.name in names.names(found.kind)))
    kind, old, ruleset = data.draw(st.sampled_from(known))
    new = data.draw(texts.filter(lambda name: f"new{name}" not in names.names(kind) and ":" not in name))
    new = f"new{new}".replace(".", "_").replace("$", "_")
    after = renamed_texts(before, rename_edits(before, kind, old, new, ruleset))
    renaming = Renaming(kind, old, new, names.tier_facts, ruleset)
    assert not PolicyNames(after).places(kind, old, ruleset)
    table, renamed = _load(before), _load(after)
    for _ in range(3):
        triad, role, phase, extra = data.draw(requests(policy))
        facts = table.facts_of(Subject(triad, role), phase, extra)
        subject = Subject(renaming.of(NameKind.TRIAD, triad), renaming.of(NameKind.ROLE, role))
        new_extra = {
            renaming.of(NameKind.FACT, name): renaming.of(NameKind.TIER, str(value))
            if name in names.tier_facts
            else value
            for name, value in extra.items()
        }
        new_facts = renamed.facts_of(subject, renaming.of(NameKind.PHASE, phase) if phase else None, new_extra)
        decision, again = table.decide(facts), renamed.decide(new_facts)
        assert (decision is None) == (again is None)
        if decision is not None and again is not None:
            rule = renaming.of(NameKind.RULE, decision.rule, "tier")
            assert (renaming.of(NameKind.TIER, decision.tier), rule) == (again.tier, again.rule)


def test_a_name_has_a_place_for_an_editor() -> None:
    """The name at the cursor is found, also inside the key of an entry."""
    names = PolicyNames(_texts())
    index = EVERYWHERE.index('"triad_a:role_a"')
    found = names.at(FILE, index + 3)
    assert found is not None
    assert (found.kind, found.name, EVERYWHERE[slice(*found.span)]) == (NameKind.TRIAD, "triad_a", "triad_a")
    found = names.at(FILE, index + len('"triad_a:r'))
    assert found is not None
    assert (found.kind, found.name, EVERYWHERE[slice(*found.span)]) == (NameKind.ROLE, "role_a", "role_a")
    assert names.at(FILE, 0) is None
    for found in names.all():
        text = _texts().texts[found.path]
        assert text[slice(*found.span)].strip("\"'") == found.name


def test_a_rule_belongs_to_its_ruleset() -> None:
    """A rule of the other ruleset, its tests, a role and a kind of the same name stay."""
    after = _renamed(_texts(), "rule", "rule_a", "new")
    assert after.texts[FILE] == EVERYWHERE.replace("    rule_a:\n      pri", "    new:\n      pri")
    assert after.texts[TESTS] == CASES.replace("{tier: tier_a, rule: rule_a, m", "{tier: tier_a, rule: new, m")
    outcome = renamed_texts(_texts(), rename_edits(_texts(), NameKind.RULE, "rule_a", "new", "outcome"))
    assert outcome.texts[FILE] == EVERYWHERE.replace("    rule_a: {pri", "    new: {pri")
    assert outcome.texts[TESTS] == CASES.replace("ignore, rule: rule_a", "ignore, rule: new")


def test_a_rule_of_one_ruleset_needs_no_ruleset() -> None:
    """With two, the message asks for one of them; a name is taken only by a rule of the same ruleset."""
    after = renamed_texts(_texts(), rename_edits(_texts(), NameKind.RULE, "raise", "rest"))
    assert "    rest: {pri: 1, all: [{m: {$and" in after.texts[FILE]
    with pytest.raises(ResolverError, match="the rulesets `tier` and `outcome` both have a rule `rule_a`; say which"):
        rename_edits(_texts(), NameKind.RULE, "rule_a", "new")
    with pytest.raises(ResolverError, match=r"a\.yaml:\d+: the rule `count` is there already"):
        rename_edits(_texts(), NameKind.RULE, "raise", "count")


def test_a_name_is_defined_in_one_place() -> None:
    """A tier by its key, a role by its default, a phase by its overrides, a fact and a rule by their keys."""
    names = PolicyNames(_texts())
    lines = {kind: [found.node.place.line for found in names.definitions(kind, f"{kind}_a")] for kind in NameKind}
    assert lines == {"tier": [5], "role": [8], "phase": [10], "fact": [16], "triad": [], "rule": []}
    assert [found.node.place.line for found in names.definitions(NameKind.RULE, "rule_a", "outcome")] == [32]
    assert [found.path for found in names.definitions(NameKind.ROLE, "other")] == [FILE]
    assert names.definitions(NameKind.FACT, "strikes") == []


def test_the_shipped_policy_defines_what_a_single_file_takes_from_it() -> None:
    """Its rules are those of a file that has none."""
    path = Path("app.yaml")
    names = PolicyNames(PolicyTexts(path, {path: SINGLE, TESTS: "tests: {x: {role: w, expect: {rule: escalation}}}"}))
    [found] = names.definitions(NameKind.RULE, "escalation", "tier")
    assert found.path.name == "precedence.yaml"
    with pytest.raises(ResolverError, match="the rule `escalation` is in the shipped policy, too"):
        rename_edits(names.texts, NameKind.RULE, "escalation", "x")


def test_an_alias_is_a_place_of_its_name() -> None:
    """It is found at the cursor, and leads to the anchor's name."""
    names = PolicyNames(_aliases())
    found = names.at(FILE, ALIASES.index("*w : general") + 1)
    assert found is not None
    assert (found.kind, found.name, ALIASES[slice(*found.used)]) == (NameKind.ROLE, "writer", "*w")
    assert len(names.places(NameKind.ROLE, "writer")) == 3


REFUSED: dict[str, tuple[PolicyTexts, str, str, str, str]] = {
    "taken": (_texts(), "role", "role_a", "other", "policies/a.yaml:8: the role `other` is there already"),
    "taken-in-tests": (
        _texts(tests="tests: {x: {role: free, expect: top}}"),
        "role",
        "role_a",
        "free",
        "a_test.yaml:1",
    ),
    "same": (_texts(), "role", "role_a", "role_a", "is the name already"),
    "colon": (_texts(), "role", "role_a", "a:b", "has a colon"),
    "empty-tier": (_texts(), "tier", "tier_a", "", "the name of a tier is not empty"),
    "empty-phase": (_texts(), "phase", "phase_a", "", "means no phase"),
    "built-in": (_texts(), "fact", "role", "x", "is a fact that every policy has"),
    "built-in-new": (_texts(), "fact", "fact_a", "strikes", "is a fact that every policy has"),
    "reserved": (_texts(), "fact", "fact_a", "sid", "the policy would not load"),
    "dollar": (_texts(), "fact", "fact_a", "$and", "cannot be renamed"),
    "empty-rule": (_texts(), "rule", "rule_a", "", "the name of a rule is not empty"),
    "taken-rule": (_texts(), "rule", "rule_a", "rest", "the rule `rest` is there already"),
    "long": (_texts(), "role", "role_a", "x" * 2000, "is longer than 1,023 bytes"),
    "nul": (_texts(), "role", "role_a", "x\0", "contains a NUL character"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_name_that_cannot_be_used_is_refused(case: str) -> None:
    """With the reason, and where."""
    texts, kind, old, new, why = REFUSED[case]
    with pytest.raises(ResolverError, match=r".+") as refused:
        rename_edits(texts, NameKind(kind), old, new, _ruleset(kind))
    assert why in str(refused.value)


def test_a_name_that_is_nowhere_changes_nothing() -> None:
    assert rename_edits(_texts(), NameKind.ROLE, "role_b", "x") == {}


@pytest.mark.parametrize("kind", NameKind)
def test_a_policy_without_names_of_a_kind_says_so(kind: NameKind) -> None:
    """An empty phase of a test is not offered as a name."""
    tests = 'tests: {t: {role: r, phase: ["", p], triad: t, expect: fast}}'
    names = [PolicyNames(PolicyTexts(FOLDER, {TESTS: text})) for text in ("", tests)]
    assert str(not_there(names[0], kind, "x")) == f"the policy `policies` has no {kind} `x`; it names no {kind}s"
    assert "``" not in str(not_there(names[1], kind, "x"))


ALIASES = """\
model_tiers:
  tiers:
    fast: {description: &d critic, providers: {p: x}}
    general: {providers: {p: &g general-model}}
    reasoning: {providers: {p: z}}
  role_defaults:
    &c critic: fast
    &w writer : general
  phase_overrides:
    draft: &rows {*c : reasoning, *w : fast}
    final: *rows
    *d : {*w : general}
"""
RULES = {
    path.name: path.read_text(encoding="utf-8") for path in policy_files(shipped_policy()) if "tiers" not in path.name
}


def _aliases() -> PolicyTexts:
    return PolicyTexts(FOLDER, {FILE: ALIASES, **{FOLDER / name: text for name, text in RULES.items()}})


def test_a_name_with_aliases_changes_once() -> None:
    """The anchor has the name, and its aliases follow."""
    after = _renamed(_aliases(), "role", "writer", "author")
    assert after.texts[FILE] == ALIASES.replace("writer", "author")
    _load(after)


def test_an_anchor_that_means_two_things_is_refused() -> None:
    """A description that a phase is named by stays as it is; the message says where it is used otherwise."""
    with pytest.raises(ResolverError, match=r"a.yaml:3: `critic` also means something else in line 3; write it out"):
        rename_edits(_aliases(), NameKind.PHASE, "critic", "judge")


def test_a_block_is_refused() -> None:
    texts = _texts(tests="tests:\n  x:\n    role: |-\n      role_a\n    expect: top\n")
    with pytest.raises(ResolverError, match=r"a_test.yaml:3: `role_a` is written as a block; write it in one line"):
        rename_edits(texts, NameKind.ROLE, "role_a", "x")


SINGLE = """\
name: worker_x
triads:
  - {id: layout, preset: dialectic}
config:
  model_tiers:
    role_defaults: {worker_x: fast}
    escalation_state: {"layout:worker_x": general}
  agents: [worker_x]
"""


def test_an_applications_file_changes_in_its_sections_only() -> None:
    """What else has the name is not ours, and is listed."""
    path = Path("app.yaml")
    texts = PolicyTexts(path, {path: SINGLE})
    after = _renamed(texts, "role", "worker_x", "w")
    assert after.texts[path] == SINGLE.replace("{worker_x:", "{w:").replace("layout:worker_x", "layout:w")
    assert [node.place.line for node in PolicyNames(texts).elsewhere("worker_x")] == [8, 1]
    assert [node.place.line for node in PolicyNames(texts).elsewhere("layout")] == [3]


@pytest.mark.parametrize(("kind", "old"), [("tier", "fast"), ("role", "worker_a"), ("phase", "execution")])
def test_a_name_of_the_shipped_policy_is_refused_in_an_applications_file(kind: str, old: str) -> None:
    """The file builds on the shipped policy, which would keep the name."""
    path = Path("app.yaml")
    rows = "model_tiers: {role_defaults: {worker_a: fast}, phase_overrides: {execution: {worker_a: general}}}"
    with pytest.raises(ResolverError, match="is in the shipped policy, too"):
        rename_edits(PolicyTexts(path, {path: rows}), NameKind(kind), old, "x")


def test_aliases_within_aliases_are_refused_in_time() -> None:
    bomb = "a: &a [x]\n" + "".join(f"b{n}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9))
    with pytest.raises(ResolverError, match="alias-bomb"):
        rename_edits(PolicyTexts(FOLDER, {FILE: bomb}), NameKind.ROLE, "x", "y")


TIERS = "{fast: {providers: {p: x}}, general: {providers: {p: y}}, reasoning: {providers: {p: z}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"model_tiers:\n  # mine\n  tiers: {TIERS}\n", f"model_tiers:\n  # mine\n  LADDER\n  tiers: {TIERS}\n"),
        (f"model_tiers:\r\n    tiers: {TIERS}\r\n", f"model_tiers:\r\n    LADDER\r\n    tiers: {TIERS}\r\n"),
        (f"model_tiers: {{tiers: {TIERS}}}", f"model_tiers: {{LADDER, tiers: {TIERS}}}"),
        (f"model_tiers:\n  tiers: {TIERS}\n  ladder: []\n", f"model_tiers:\n  tiers: {TIERS}\n  LADDER\n"),
        (f"model_tiers:\n  ladder: null # none\n  tiers: {TIERS}", f"model_tiers:\n  LADDER # none\n  tiers: {TIERS}"),
    ],
)
def test_a_tier_of_the_default_ladder_writes_it_out(before: str, after: str) -> None:
    """Without `ladder`, the names of the tiers say which is which."""
    rules = {FOLDER / name: text for name, text in RULES.items()}
    renamed = _renamed(PolicyTexts(FOLDER, {FILE: before, **rules}), "tier", "fast", "quick")
    assert renamed.texts[FILE] == after.replace("fast", "quick").replace(
        "LADDER", "ladder: [quick, general, reasoning]"
    )
    _load(PolicyTexts(FOLDER, {FILE: before, **rules}))


def test_a_ladder_without_a_value_is_refused() -> None:
    texts = PolicyTexts(FOLDER, {FILE: f"model_tiers:\n  ladder:\n  tiers: {TIERS}\n"})
    with pytest.raises(ResolverError, match=r"a.yaml:2: `ladder` has no value; write the tiers there"):
        rename_edits(texts, NameKind.TIER, "fast", "quick")


def test_json_stays_json() -> None:
    text = '{"tests": {"x": {"role": "role_a", "expect": "top"}}}'
    after = _renamed(_texts(tests=text), "role", "role_a", "a/b")
    assert after.texts[TESTS] == text.replace("role_a", "a/b")
