"""What is offered at a cursor, and what is written for it. `|` marks the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver.author import (
    Completion,
    Completions,
    PolicyTexts,
    complete,
    plain_text,
    read_cases,
    snippet_text,
    word_at,
)
from resolver.author.completion.suggestions import SuggestionSort
from resolver.loader import MemorySource, load_policy, shipped_policy
from resolver.serving import load_and_prove
from tests.hostile import HOSTILE

POLICY = Path("/policy")
SHIPPED = {POLICY / file.name: file.read_text(encoding="utf-8") for file in sorted(shipped_policy().glob("*.yaml"))}
MORE = """\
model_tiers: {triads: [layout, "sales: north"], kinds: [quota]}
facts:
  urgency: {values: [low, "no"], description: The hurry.}
  size: {integer: true}
"""


def completions(name: str, marked: str) -> tuple[Completions, str]:
    """Return the completions at the mark of a new file of the shipped policy, and its text without the mark."""
    index = marked.rindex("|")
    text, path = marked[:index] + marked[index + 1 :], POLICY / name
    return complete(PolicyTexts(POLICY, {**SHIPPED, POLICY / "more.yaml": MORE, path: text}), path, index), text


def written(name: str, marked: str, label: str) -> str:
    """Return the text after a completion was chosen."""
    found, text = completions(name, marked)
    (chosen,) = [each for each in found.shown if each.label == label]
    return text[: chosen.start] + plain_text(chosen.text) + text[chosen.end :]


OVERRIDES = "model_tiers:\n  phase_overrides:\n    execution:\n      "
ROWS = "model_tiers:\n  role_defaults:\n"
RULE = "rulesets:\n  {0}:\n    one:\n      "
CONDITION = f"{RULE}all:\n        - m: "
TEST = "tests:\n  one:\n    "


@pytest.mark.parametrize(
    ("name", "marked", "labels"),
    [
        ("a.yaml", "|", {"model_tiers", "facts", "rulesets"}),
        ("a.yaml", "model_tiers:\n  |", {"tiers", "role_defaults", "cool_down", "phases"}),
        ("a.yaml", "model_tiers:\n  tiers:\n    fast:\n      |", {"description", "providers"}),
        ("a.yaml", "model_tiers:\n  providers:\n    groq: {|", {"api", "base_url", "limits"}),
        ("a.yaml", "model_tiers:\n  providers:\n    groq: {limits: {|", {"requests_per_minute"}),
        ("a.yaml", "model_tiers:\n  providers:\n    |", {"cerebras", "openrouter"}),
        ("a.yaml", "model_tiers:\n  ladder: [|", {"fast", "general", "reasoning"}),
        ("a.yaml", "model_tiers:\n  role_defaults:\n    critic: |", {"fast", "general", "reasoning"}),
        ("model_tiers.yaml", "model_tiers:\n  role_defaults:\n    |", {"code_execution"}),
        ("a.yaml", "model_tiers:\n  phase_overrides:\n    |", {"execution"}),
        ("a.yaml", "model_tiers:\n  phase_overrides:\n    execution:\n      |", {"critic"}),
        ("a.yaml", "model_tiers:\n  escalation_state:\n    |", {"layout:critic", "sales: north:critic"}),
        ("a.yaml", "facts:\n  one:\n    |", {"values", "integer"}),
        ("a.yaml", "facts:\n  one: {integer: |", {"true"}),
        ("a.yaml", "model_tiers:\n  providers:\n    groq: {limits: |", {"none"}),
        ("a.yaml", "rulesets:\n  |", {"tier", "outcome", "a pinned role"}),
        ("a.yaml", "rulesets:\n  tier:\n    |", {"a rule", "a pinned role"}),
        ("a.yaml", f"{RULE.format('tier')}|", {"pri", "all", "run", "because"}),
        ("a.yaml", f"{RULE.format('tier')}pri: |", {"49"}),
        ("a.yaml", f"{RULE.format('tier')}run: |", {"{tier: …}", "{tier: fast}", "{tier: {$m: …}}"}),
        ("a.yaml", f"{RULE.format('tier')}run: {{|", {"tier"}),
        ("a.yaml", f"{RULE.format('tier')}run: {{tier: {{$m: |", {"escalated_tier", "role_default"}),
        ("a.yaml", f"{RULE.format('outcome')}run: |", {"count", "reset", "ignore", "hold", "{escalate_to: …}"}),
        ("a.yaml", f"{RULE.format('outcome')}run: {{|", {"escalate_to"}),
        ("a.yaml", f"{RULE.format('outcome')}run:\n        escalate_to: |", {"reasoning", "{$m: …}"}),
        ("a.yaml", f"{RULE.format('tier')}all:\n        - |", {"m"}),
        ("a.yaml", f"{CONDITION.format('tier')}|", {"{role: …}", "{size: …}", "{$gte: {…}}", "{$and: […]}"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$and: |", {"[{…}, {…}]"}),
        ("a.yaml", f"{CONDITION.format('outcome')}{{$and: [{{result: failure}}, |", {"{strikes: …}", "{$nex: {…}}"}),
        ("a.yaml", f"{CONDITION.format('outcome')}{{$gte: |", {"{strikes: …}"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$nex: |", {"{phase: 1}"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{|", {"role", "urgency", "size", "$and", "$nex", "escalated_tier"}),
        ("a.yaml", f"{CONDITION.format('outcome')}\n            |", {"result", "strikes", "$gte"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{role: |", {"critic", "code_execution"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{triad: [layout, |", {"sales: north"}),
        ("a.yaml", f"{CONDITION.format('outcome')}{{$and: [{{result: |", {"success", "failure"}),
        ("a.yaml", f"{CONDITION.format('outcome')}{{kind: [|", {"quota", "capacity"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$neq: {{urgency: |", {"low", "no"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$gte: {{|", {"size"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$ex: {{phase: |", {"1"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{role_default: {{$m: |", {"escalated_tier", "phase_override"}),
        ("a_test.yaml", "tests:\n  |", {"a test", "a test of failures"}),
        ("a_test.yaml", f"{TEST}|", {"role", "expect", "history", "facts"}),
        ("a_test.yaml", f"{TEST}role: [critic, |", {"orchestrator", "worker_a"}),
        ("a_test.yaml", f"{TEST}phase: |", {"execution"}),
        ("a_test.yaml", f"{TEST}facts: {{|", {"urgency", "size"}),
        ("a_test.yaml", f"{TEST}facts: {{urgency: |", {"low", "no"}),
        ("a_test.yaml", f"{TEST}expect: |", {"fast", "general"}),
        ("a_test.yaml", f"{TEST}expect: {{|", {"tier", "rule", "models"}),
        ("a_test.yaml", f"{TEST}expect: {{rule: |", {"escalation", "unlisted_role"}),
        ("a_test.yaml", f"{TEST}history:\n      - {{|", {"result", "kind", "times"}),
        ("a_test.yaml", f"{TEST}history:\n      - result: |", {"success", "failure"}),
        ("a_test.yaml", f"{TEST}history:\n      - {{result: failure, kind: |", {"quota", "task"}),
        ("a_test.yaml", f"{TEST}history:\n      - {{result: failure, expect: |", {"count", "escalate"}),
        ("a_test.yaml", f"{TEST}history:\n      - {{expect: {{rule: |", {"three_strikes", "success"}),
        ("a_test.yaml", f"{TEST}history:\n      - {{expect: {{to: |", {"general"}),
    ],
)
def test_offers_what_belongs_there(name: str, marked: str, labels: set[str]) -> None:
    """Schema and policy together say what can be written, in block and in flow style, before the text parses."""
    found, _ = completions(name, marked)
    assert labels <= {each.label for each in found.shown}


@pytest.mark.parametrize(
    ("name", "marked", "labels"),
    [
        (
            "a.yaml",
            "model_tiers:\n  role_defaults:\n    critic: fast\n    |\n    worker_a: fast\n",
            {"critic", "worker_a"},
        ),
        ("a.yaml", "model_tiers:\n  ladder: [fast, general, |]", {"fast", "general"}),
        ("a.yaml", "model_tiers:\n  ladder:\n    - fast\n    - general\n    - r|", {"fast", "general"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$gte: {{|", {"role", "urgency"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{|", {"strikes", "result"}),
        ("a.yaml", "model_tiers:\n  role_defaults:\n    newcom|: fast\n", {"newcom"}),
        ("a_test.yaml", f"{TEST}expect: {{rule: |", {"three_strikes"}),
        ("a.yaml", "model_tiers:\n  |", {"ladder", "provider_order", "escalation_state", "triads"}),
        ("a.yaml", "model_tiers:\n  role_defaults:\n    |", {"critic", "code_execution"}),
        ("a.yaml", "model_tiers:\n  phase_overrides:\n    execution:\n      |", {"worker_a"}),
        ("a.yaml", "model_tiers:\n  tiers:\n    |", {"fast"}),
        ("a.yaml", "facts:\n  |", {"urgency", "size"}),
        ("a.yaml", "facts:\n  one: {values: [a], |", {"integer"}),
        ("a.yaml", "facts:\n  one: {integer: |", {"false"}),
        ("a_test.yaml", f"{TEST}expect: fast\n    |", {"history"}),
        ("a_test.yaml", f"{TEST}history: []\n    |", {"expect"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{role: {{|", {"$m"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$ex: {{role_default: {{|", {"$m"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{escalated_tier: {{$m: |", {"role", "urgency", "escalated_tier"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{urgency: |", {"{$m: …}"}),
        ("a.yaml", f"{CONDITION.format('tier')}{{$gte: |", {"{role: …}", "{strikes: …}"}),
        ("a.yaml", f"{RULE.format('tier')}run: {{tier: {{$m: |", {"urgency", "role"}),
        ("a.yaml", f"{RULE.format('outcome')}run: {{escalate_to: {{$m: |", {"result", "urgency"}),
        ("a.yaml", "model_tiers:\n  escalation_state:\n    layout:|", {"fast", "general"}),
    ],
)
def test_offers_nothing_else(name: str, marked: str, labels: set[str]) -> None:
    """What would be an error there is not offered: a second key, another ruleset's fact, or the begun word itself."""
    found, _ = completions(name, marked)
    assert not labels & {each.label for each in found.shown}


@pytest.mark.parametrize("marked", ["# |", "facts:\n  # |", "model_tiers: {tiers: {a: {description: |", "x: |"])
def test_offers_nothing(marked: str) -> None:
    """Nothing is offered in comments and where any text may be."""
    assert completions("a.yaml", marked)[0].shown == ()


@pytest.mark.parametrize(
    ("marked", "label", "text"),
    [
        ("model_tiers:\n  role_defaults:\n    critic: ge|n # c", "fast", "critic: fast # c"),
        ("model_tiers:\n  role_defaults:\n    critic:|", "fast", "critic: fast"),
        ("model_tiers:\n  role_defaults: {critic:|", "fast", "{critic: fast"),
        ("model_tiers:\n  role_defaults:\n    critic: 'g|'", "fast", "critic: 'fast'"),
        ('model_tiers:\n  role_defaults:\n    critic: "g|', "fast", 'critic: "fast"'),
        (f"{OVERRIDES}cr|", "critic", "      critic: "),
        (f"{OVERRIDES}cr|: fast", "critic", "      critic: fast"),
        (f'{OVERRIDES}"cr|": fast', "critic", '      "critic": fast'),
        ("model_tiers:\n  ro|", "role_defaults", "  role_defaults:"),
        ("model_tiers:\r\n  ladder: [fast, |]\r\n", "general", "  ladder: [fast, general]\r\n"),
        (f"{CONDITION.format('tier')}{{urgency: |", "no", '{urgency: "no"'),
        (f"{CONDITION.format('tier')}{{triad: |", "sales: north", '{triad: "sales: north"'),
        (f"{CONDITION.format('tier')}{{triad: '|'", "sales: north", "{triad: 'sales: north'"),
        (f"{CONDITION.format('tier')}{{$a|", "$and", "{$and: "),
        (f"{CONDITION.format('tier')}|", "{role: …}", "- m: {role: value}"),
        (f"{CONDITION.format('tier')}|", "{$and: […]}", "- m: {$and: [{fact: value}, {fact: value}]}"),
        (f"{CONDITION.format('tier')}|", "{$gte: {…}}", "- m: {$gte: {fact: 1}}"),
        (f"{CONDITION.format('tier')}|", "{$nex: {…}}", "- m: {$nex: {fact: 1}}"),
        (f"{CONDITION.format('tier')}{{$gte:|", "{size: …}", "{$gte: {size: 1}"),
        (f"{CONDITION.format('tier')}{{$or:|", "[{…}, {…}]", "{$or: [{fact: value}, {fact: value}]"),
    ],
)
def test_writes(marked: str, label: str, text: str) -> None:
    """A completion replaces the word that has been begun, in its quotes, and is quoted if YAML needs it."""
    assert text in written("a.yaml", marked, label)


def test_names_of_other_files_that_are_no_yaml() -> None:
    """A file that is half typed gives its names to the others."""
    texts = PolicyTexts(
        POLICY,
        {POLICY / "a.yaml": "model_tiers:\n  tiers: {new: {}, [\n", POLICY / "b.yaml": "model_tiers:\n  ladder: ["},
    )
    found = complete(texts, POLICY / "b.yaml", len(texts.texts[POLICY / "b.yaml"]))
    assert [each.label for each in found.shown] == ["new"]


def test_operators_without_a_number() -> None:
    """Where no fact is a number, no operator that compares numbers is offered."""
    texts = PolicyTexts(POLICY, {**SHIPPED, POLICY / "a.yaml": (text := f"{CONDITION.format('tier')}{{")})
    labels = {each.label for each in complete(texts, POLICY / "a.yaml", len(text)).shown}
    assert "$neq" in labels
    assert "$gte" not in labels


def test_single_file_replaces_shipped_entries() -> None:
    """What the shipped policy has can be given again in an application's file."""
    file = Path("/app/app.yaml")
    text = "model_tiers:\n  role_defaults:\n    "
    found = complete(PolicyTexts(file, {file: text}), file, len(text))
    assert "critic" in {each.label for each in found.shown}


def test_single_file_has_the_shipped_names() -> None:
    """An application's file builds on the shipped policy, also under `config`."""
    file = Path("/app/app.yaml")
    text = "name: x\nconfig:\n  model_tiers:\n    role_defaults:\n      critic: "
    found = complete(PolicyTexts(file, {file: text}), file, len(text))
    assert {each.label for each in found.shown} == {"fast", "general", "reasoning"}


def test_very_many_names_are_cut() -> None:
    """Of very many names, those that have the begun word are offered, and the editor asks again."""
    rows = "".join(f"    role_{number}: fast\n" for number in range(2_000))
    text = f"model_tiers:\n  role_defaults:\n{rows}rulesets:\n  tier: {{a: {{all: [{{m: {{role: role_199"
    path = POLICY / "a.yaml"
    found = complete(PolicyTexts(POLICY, {path: text}), path, len(text))
    assert not found.is_whole
    assert {each.label for each in found.shown} == {"role_199", *(f"role_199{digit}" for digit in range(10))}


def _snippet(name: str, marked: str, label: str) -> Completion:
    (found,) = [each for each in completions(name, marked)[0].shown if each.label == label]
    assert found.sort is SuggestionSort.SNIPPET
    return found


@pytest.mark.parametrize(
    ("marked", "label"),
    [
        ("|", "a pinned role"),
        ("rulesets:\n  |", "a pinned role"),
        ("rulesets:\n  tier:\n    |", "a rule"),
        ("rulesets:\n  tier:\n    |", "a pinned role"),
        ("rulesets:\n  outcome:\n      |", "a rule"),
        ("rulesets:\r\n  outcome:\r\n    |", "a pinned role"),
    ],
)
def test_snippets_of_rules_are_part_of_a_policy(marked: str, label: str) -> None:
    """A snippet as it is, without anything filled in, loads and is proven beside the shipped rules."""
    text = written("new.yaml", marked, label)
    files = {
        path: of.encode() for path, of in {**SHIPPED, POLICY / "new.yaml": text}.items() if "_test" not in path.name
    }
    source = MemorySource(POLICY, files, is_directory=True)
    assert load_policy(source).warnings == ()
    codes = {warning.code for warning in load_and_prove(source).policy.warnings}
    assert label != "a pinned role" or codes.isdisjoint(("shadowed", "redundant"))  # the role is not pinned already


@pytest.mark.parametrize("label", ["a test", "a test of failures"])
def test_snippets_of_tests(label: str, tmp_path: Path) -> None:
    """A test as it is, without anything filled in, is read without a complaint."""
    file = tmp_path / "a_test.yaml"
    file.write_text(written("a_test.yaml", "tests:\n  |", label), encoding="utf-8")
    assert read_cases(file, load_policy(shipped_policy()), [])


def test_snippet_syntax() -> None:
    """Dollar signs and braces of the policy are escaped in snippets, and blanks are numbered."""
    shown = snippet_text(_snippet("a.yaml", "rulesets:\n  outcome:\n    |", "a pinned role").text)
    assert "{\\$and: [{result: failure\\}, {role: ${3:orchestrator}\\}" in shown


@pytest.mark.parametrize(
    "file", [POLICY / "model_tiers.yaml", POLICY / "three_strikes.yaml", POLICY / "policy_test.yaml"]
)
def test_anywhere(file: Path) -> None:
    """A cursor anywhere in a file is no error, and its word is on one line."""
    texts = PolicyTexts(POLICY, SHIPPED)
    text = SHIPPED[file]
    for index in range(0, len(text) + 1, 7):
        for each in complete(texts, file, index).shown:
            assert each.start <= index <= each.end
            assert "\n" not in text[each.start : each.end]


@pytest.mark.slow
def test_a_policy_with_very_many_entries() -> None:
    """A hundred thousand entries take a moment, and no more; the editor gets a part of what could be written."""
    entries = "".join(f'    "triad_{number}:critic": fast\n' for number in range(100_000))
    text = f"model_tiers:\n  escalation_state:\n{entries}    "
    path = POLICY / "a.yaml"
    found = complete(PolicyTexts(POLICY, {**SHIPPED, path: text}), path, len(text))
    assert len(found.shown) == 500
    assert not found.is_whole


BAD = sorted(path for path in (Path(__file__).parents[2] / "bad_policies").rglob("*.y*ml"))


@pytest.mark.parametrize("folder", sorted({path.parent for path in BAD}), ids=lambda folder: folder.name)
def test_no_text_is_an_error(folder: Path) -> None:
    """Completion and the words under the mouse take whatever a file holds."""
    for path in folder.rglob("*.y*ml"):
        text = path.read_bytes().decode("utf-8", "surrogateescape").lstrip("\ufeff")
        texts = PolicyTexts(folder, {path: text})
        for index in range(0, len(text) + 1, 1 + len(text) // 8):
            complete(texts, path, index)
            word = word_at(text, index, is_test=path.stem.endswith("_test"))
            assert word is None or word.start <= index <= word.end


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_too_much(name: str) -> None:
    """Texts that are made to cost time are outlined as any other."""
    text = HOSTILE[name](500)
    path = POLICY / "a.yaml"
    for index in (len(text) // 2, len(text)):
        complete(PolicyTexts(POLICY, {path: text}), path, index)
        word_at(text, index, is_test=False)
