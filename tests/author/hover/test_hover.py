"""What an editor shows for the word under the mouse. `|` marks the mouse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from resolver import Resolver
from resolver.author import explanation_of, meaning_of, word_at
from resolver.domain import Policy
from resolver.loader import MemorySource, load_policy, shipped_policy
from resolver.serving import load_and_prove
from resolver.table import DecisionTable, compile_table
from resolver.yaml_text.quoting import quoted

MORE = """\
facts:
  urgency: {values: [low, high], description: The hurry.}
  size: {integer: true}
rulesets:
  tier:
    urgent:
      pri: 5
      all:
        - m: {$and: [{urgency: high}, {$gte: {size: 10}}]}
      run: {tier: reasoning}
      because: Large and urgent work needs the best model.
"""


@pytest.fixture(scope="module")
def shipped() -> DecisionTable:
    """The decision table of the shipped policy."""
    return load_and_prove(shipped_policy())


def with_more(more: str) -> DecisionTable:
    """Return the table of the shipped policy with another file."""
    files = {Path(file.name): file.read_bytes() for file in shipped_policy().glob("*.yaml") if "_test" not in file.name}
    return compile_table(
        load_policy(MemorySource(Path("."), {**files, Path("more.yaml"): more.encode()}, is_directory=True))
    )


def hover(marked: str, table: DecisionTable, *, is_test: bool = False) -> str:
    """Return what is shown for the marked word."""
    index = marked.rindex("|")
    word = word_at(marked[:index] + marked[index + 1 :], index, is_test=is_test)
    if word is None:
        return ""
    return meaning_of(word) or explanation_of(word, table.policy, table, lambda: False)


ROWS = "model_tiers:\n  "
LATER = "failure 3 and later"
TOP = "orchestrator, synthesizer"
MOST = "worker\\_a, worker\\_b, proposer, critic, 3 more, any other role"
EFFECT = "rulesets: {tier: {a: {run: {tier: "


@pytest.mark.parametrize(
    ("marked", "lines"),
    [
        (
            f"{ROWS}role_defaults: {{wor|ker_a: general}}",
            [
                "role `worker_a` runs on",
                "| execution | no | fast | `phase_override` |",
                "| any other | to a tier | that tier | `escalation` |",
            ],
        ),
        (
            f"{ROWS}phase_overrides: {{execution: {{wor|ker_a: fast}}}}",
            [
                "role `worker_a` in phase `execution` runs on",
                "| escalated | tier | rule |",
                "| no | fast | `phase_override` |",
            ],
        ),
        (f"{ROWS}phase_overrides: {{exec|ution: {{}}}}", ["phase `execution`", "| `worker_a` | `fast` |"]),
        (
            f"{ROWS}role_defaults: {{worker_a: gene|ral}}",
            [
                "tier `general`: step 2 of 3, lowest first, above `fast`, below `reasoning`",
                "Purpose: Most work.",
                "| 1 | `cerebras` | `llama-3.3-70b` |",
            ],
        ),
        (
            "rulesets: {tier: {a: {all: [{m: {$ex: {escal|ated_tier: 1}}}]}}}",
            ["fact `escalated_tier`: `fast`, `general`, `reasoning`", "Read by `escalation` of `tier`."],
        ),
        (
            "rulesets: {tier: {a: {run: {tier: {$m: role_de|fault}}}}}",
            ["fact `role_default`: `fast`, `general`, `reasoning`"],
        ),
        ("rulesets: {tier: {a: {all: [{m: {role: cri|tic}}]}}}", ["role `critic` runs on"]),
        ("rulesets: {tier: {a: {run: {tier: fa|st}}}}", ["tier `fast`: step 1 of 3, lowest first, below `general`"]),
        (
            "rulesets: {tier: {phase_ov|erride: {}}}",
            [
                "rule `phase_override` of `tier`, pri 30",
                "Because: The phase has a tier of its own for this role.",
                "| worker\\_a, worker\\_b | execution | no | fast |",
                "Outranked, where both match, by `code_execution` (10), `escalation` (20).",
                "- raises: worker\\_a, worker\\_b; execution, not escalated: fast → general",
            ],
        ),
        (
            "rulesets: {tier: {role_de|fault: {}}}",
            [
                "| worker\\_a, worker\\_b | any but execution | no | general |",
                "- changes: worker\\_a, worker\\_b; any phase but execution, not escalated: general → undecided",
            ],
        ),
        ("rulesets: {tier: {esca|lation: {}}}", ["| worker\\_a, worker\\_b | any | to a tier | that tier |"]),
        (
            "rulesets: {outcome: {three_st|rikes: {}}}",
            [
                f"| {LATER}; any phase, escalated to fast, general | {TOP} |",
                f"| {LATER}; any phase, not escalated or to fast, general | {MOST} |",
                f"- lowers: {TOP}; {LATER}; any phase, escalated to fast, general: escalate → count",
            ],
        ),
        (
            "rulesets: {outcome: {succ|ess: {}}}",
            [f"| a success; any phase, escalated or not | {TOP}, worker\\_a, worker\\_b, 6 more, any other role |"],
        ),
        (
            "rulesets: {outcome: {code_execution_ho|lds: {}}}",
            [
                f"| {LATER}; any phase, escalated or not | code\\_execution |",
                "Outranked, where both match, by `not_the_models_fault` (20).",
                f"- changes: code\\_execution; {LATER}; any phase, not escalated or to fast: hold → escalate",
            ],
        ),
        (f"{ROWS}lad|der: []", ["`ladder`: The tiers, lowest first. Default: fast, general, reasoning."]),
        (
            "rulesets: {tier: {a: {p|ri: 1}}}",
            ["`pri`: The lowest `pri` that matches wins; no two rules of a ruleset share one."],
        ),
        ("rulesets: {tier: {a: {all: [{m: {$n|ex: {role: 1}}}]}}}", ["`$nex`: the fact is absent"]),
        ("rulesets: {outcome: {a: {run: re|set}}}", ["`reset`: the streak ends; the tier stays"]),
    ],
)
def test_shows(marked: str, lines: list[str], shipped: DecisionTable) -> None:
    """A name is explained by the policy; a key, an operator and an effect by the schema."""
    shown = hover(marked, shipped).split("\n")
    assert [line for line in lines if line not in shown] == []


@pytest.mark.parametrize(
    ("marked", "line"),
    [
        ("tests: {a: {role: [critic, work|er_a]}}", "role `worker_a` runs on"),
        ("tests: {a: {expect: {rule: role_d|efault}}}", "rule `role_default` of `tier`, pri 40"),
        ("tests: {a: {history: [{expect: {rule: suc|cess}}]}}", "rule `success` of `outcome`, pri 10"),
        ("tests: {a: {history: [{expect: cou|nt}]}}", "`count`: the failure counts"),
        (
            "tests: {a: {history: [{expect: esca|late}]}}",
            "`escalate`: the role of this triad rises to a tier, for good",
        ),
        ("tests: {a: {esca|lated_tier: fast}}", "`escalated_tier`: The tier that the triad's role is escalated to."),
        ("tests: {a: {fac|ts: {}}}", "`facts`: The policy's own facts, as the application gives them."),
    ],
)
def test_shows_in_tests(marked: str, line: str, shipped: DecisionTable) -> None:
    """Names in tests are those of the policy."""
    assert line in hover(marked, shipped, is_test=True).split("\n")


@pytest.mark.parametrize(
    "marked",
    ["# a|", "model_tiers:  |  # x", "rulesets: {tier: {gone|: {}}}", "x: |", "model_tiers: {tiers: {gone|: {}}}"],
)
def test_shows_nothing(marked: str, shipped: DecisionTable) -> None:
    """Comments, blanks and names that the policy does not have are not explained."""
    assert hover(marked, shipped) == ""


def test_own_facts() -> None:
    """A rule that reads extra facts decides for requests with values of them; a fact shows its values and readers."""
    table = with_more(MORE)
    shown = hover("facts: {urg|ency: {}}", table)
    assert shown.split("\n") == [
        "fact `urgency`: `low`, `high`",
        "",
        "Meaning: The hurry.",
        "",
        "Read by `urgent` of `tier`.",
    ]
    shown = hover("rulesets: {tier: {urg|ent: {}}}", table)
    assert "; urgency high; size 10 | any | or not | reasoning |" in shown
    assert "Without `urgency`, `size`, which can change the tier." in hover(
        "model_tiers: {role_defaults: {cri|tic: x}}", table
    )


def test_history_of_an_entry(tmp_path: Path) -> None:
    """An entry shows when and why it was learned, from the database beside the policy; without one, it says so."""
    folder = tmp_path / "policies"
    shutil.copytree(shipped_policy(), folder)
    with Resolver.open(folder) as resolver:
        for _ in range(3):
            resolver.record_failure("layout", "critic", error="it <b>hangs</b>")
        table = resolver.table
    marked = 'model_tiers: {escalation_state: {"layout:cri|tic": reasoning}}'
    shown = hover(marked, table)
    assert shown.startswith("role `critic` of triad `layout` is escalated to `reasoning`")
    assert "UTC: escalate `general` → `reasoning`, by rule `three_strikes`, it \\<b>hangs\\</b>" in shown
    (folder / ".resolver.db").unlink()
    assert "Its history is not known here." in hover(marked, table)


HOSTILE = "[a](//evil) `|` <img src=x> **b**\n# c"


def hostile_policy() -> Policy:
    """Return a policy whose names and texts look like Markdown."""
    name = quoted(HOSTILE)
    return load_policy(
        MemorySource(
            Path("."),
            {
                Path("a.yaml"): f"""\
model_tiers:
  ladder: [{name}]
  tiers:
    {name}: {{description: {name}, providers: {{{name}: {name}}}}}
  role_defaults: {{{name}: {name}}}
facts: {{{name}: {{values: [{name}], description: {name}}}}}
rulesets:
  tier:
    {name}: {{pri: 1, all: [{{m: {{$ex: {{role: 1}}}}}}], run: {{tier: {name}}}, because: {name}}}
  outcome:
    {name}: {{pri: 1, all: [{{m: {{$ex: {{role: 1}}}}}}], run: ignore, because: {name}}}
""".encode()
            },
            is_directory=True,
        )
    )


@pytest.mark.parametrize(
    "marked",
    [
        "model_tiers: {{tiers: {{{0}|: x}}}}",
        "model_tiers: {{role_defaults: {{{0}|: x}}}}",
        "facts: {{{0}|: x}}",
        "rulesets: {{tier: {{{0}|: x}}}}",
        "rulesets: {{outcome: {{{0}|: x}}}}",
        "model_tiers: {{phases: [{0}|]}}",
    ],
)
def test_nothing_hostile_gets_through(marked: str) -> None:
    """No name becomes a link, a picture, a tag, emphasis or a heading."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False})
    policy = hostile_policy()
    shown = hover(marked.format(quoted(HOSTILE)), compile_table(policy))
    assert "evil" in shown
    html = markdown.render(shown)
    for tag in ("<a ", "<img", "<strong", "<em", "<h1", "<h2"):
        assert tag not in html, html


def test_bounded_in_time(shipped: DecisionTable) -> None:
    """What takes too long is left out."""
    word = word_at("rulesets: {tier: {escalation: {}}}", 22, is_test=False)
    assert word is not None
    shown = explanation_of(word, shipped.policy, shipped, lambda: True)
    assert shown.endswith("The rest takes too long to find out here.")
    assert "Because: An escalation" in shown


def test_without_a_table(shipped: DecisionTable) -> None:
    """A policy that loads and is not proven is explained, too."""
    word = word_at("model_tiers: {tiers: {fast: x}}", 23, is_test=False)
    assert word is not None
    assert explanation_of(word, shipped.policy, None, lambda: False).startswith("tier `fast`")
    word = word_at("model_tiers: {role_defaults: {critic: x}}", 32, is_test=False)
    assert word is not None
    assert explanation_of(word, shipped.policy, None, lambda: False).startswith("role `critic` runs on")
    assert explanation_of(word, shipped.policy, None, lambda: True) == ""


def test_policy_with_errors() -> None:
    """A policy that loads, and that the prover refuses, is explained as it is."""
    last = "rulesets: {tier: {last: {pri: 0, all: [{m: {role: new}}], run: {tier: {$m: role_default}}}}}"
    table = with_more(last)
    word = word_at("rulesets: {tier: {a: {all: [{m: {role: new}}]}}}", 41, is_test=False)
    assert word is not None
    assert "| any | or not | undecided |  |" in explanation_of(word, table.policy, None, lambda: False)
    unlisted = hover("rulesets: {tier: {a: {all: [{m: {role: unli|sted}}]}}}", table)
    assert unlisted.startswith("role `unlisted`, which no list has, runs on")


@pytest.mark.parametrize("file", sorted(shipped_policy().glob("*.yaml")), ids=lambda file: file.name)
def test_anywhere(file: Path, shipped: DecisionTable) -> None:
    """The mouse anywhere in a file is no error."""
    text = file.read_text(encoding="utf-8")
    for index in range(0, len(text), 1 + len(text) // 150):
        word = word_at(text, index, is_test="_test" in file.name)
        if word is not None:
            assert word.start <= index <= word.end
            explanation_of(word, shipped.policy, shipped, lambda: False)
