"""The identity of what a policy means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resolver.loader import load_policy, shipped_policy
from tests.loader.texts import load

_POLICY = """\
model_tiers:
  ladder: [fast, general]
  tiers:
    fast: {description: quick, providers: {groq: llama, gemini: flash}}
    general: {providers: {groq: qwen}}
  provider_order: [gemini, groq]
  role_defaults: {critic: fast, judge: general}
  phase_overrides: {planning: {critic: general}}
  escalation_state: {'t:critic': general}
facts:
  preset: {values: [solo, team], description: how}
rulesets:
  tier:
    critics: {pri: 10, all: [{m: {role: critic}}], run: {tier: general}, because: They think.}
    always: {pri: 20, all: [{m: {$ex: {role: 1}}}], run: {tier: fast}}
  outcome:
    always: {pri: 10, all: [{m: {$ex: {role: 1}}}], run: ignore}
"""


def _revision(folder: Path, **files: str) -> str:
    for old in folder.glob("*.yaml"):
        old.unlink()
    return load(folder, **files).revision


_EVERY_FORM = """\
rulesets:
  tier:
    every_form:
      pri: 10
      all:
        - m:
            $and:
              - {role: [critic, judge]}
              - $or: [{phase: planning}, {$neq: {triad: t}}, {role: critic}]
              - {$nex: {escalated_tier: 1}}
              - {$ex: {preset: 1}}
              - {role_default: {$m: phase_override}}
              - {$neq: {role_default: {$m: phase_override}}}
      run: {tier: {$m: role_default}}
    always: {pri: 20, all: [{m: {$ex: {role: 1}}}], run: {tier: fast}}
  outcome:
    numbers:
      pri: 10
      all:
        - m: {$and: [{$gt: {strikes: 1}}, {$gte: {strikes: 2}}, {$lt: {strikes: 9}}, {$lte: {strikes: 8}}]}
      run: ignore
    always: {pri: 20, all: [{m: {$ex: {role: 1}}}], run: ignore}
"""


def test_a_revision_stays_what_it_was(tmp_path: Path) -> None:
    """It is in histories, logs and dashboards: a change of this program's code must not change it."""
    policy = _POLICY[: _POLICY.index("rulesets:")] + _EVERY_FORM
    assert _revision(tmp_path, a=policy) == "2606d1d2133a3c7d"


def test_a_revision_with_options_stays_what_it_was(tmp_path: Path) -> None:
    """So is that of a policy with options and settings of providers."""
    settings = "providers: {groq: {api: x, base_url: 'http://x', options: {stop: [a]}}}"
    policy = _POLICY.replace("{groq: qwen}", "{groq: {id: qwen, b: {c: 1.5}, a: true}}")
    assert (
        _revision(tmp_path, a=policy.replace("  role_defaults", f"  {settings}\n  role_defaults")) == "22ffe811704844c4"
    )


@pytest.mark.parametrize("value", ["true", "1.0", "'1'", "[1]", "{a: 1}", "2"])
def test_a_changed_option_changes_the_revision(tmp_path: Path, value: str) -> None:
    """Two values that Python takes for equal are two revisions."""
    policies = [_POLICY.replace("{groq: qwen}", f"{{groq: {{id: qwen, a: {each}}}}}") for each in ("1", value)]
    assert _revision(tmp_path, a=policies[0]) != _revision(tmp_path, a=policies[1])


def test_a_revision_is_16_hexadecimal_digits(tmp_path: Path) -> None:
    """A revision is short enough to be read, and long enough not to come up twice."""
    assert re.fullmatch("[0-9a-f]{16}", _revision(tmp_path, a=_POLICY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model_tiers:\n", "# a comment\nmodel_tiers: # another\n"),
        ("\n", "\r\n"),
        ("[fast, general]", "\n  - fast\n  - 'general'"),
        ("quick", "slow"),
        ("description: quick, ", ""),
        (", description: how", ""),
        ("They think.", "They do not."),
        (", because: They think.", ""),
        ("{'t:critic': general}", "{}"),
        ("{'t:critic': general}", "{'t:critic': fast, 'u:judge': general}"),
        ("{critic: fast, judge: general}", "{judge: general, critic: fast}"),
        ("{groq: llama, gemini: flash}", "{gemini: flash, groq: llama}"),
        ("{planning: {critic: general}}", "{planning: {critic: general}, review: {}}"),
        ("{planning: {critic: general}}", "{planning: {critic: general}, review: }"),
        ("[solo, team]", "[team, solo]"),
        ("pri: 10", "pri: 0xA"),
        ("{m: {role: critic}}", "{m: {role: [critic]}}"),
        ("provider_order: [gemini, groq]", "provider_order: [gemini, groq, cerebras]"),
        ("provider_order: [gemini, groq]", "provider_order: [gemini, groq]\n  cool_down: 30"),
        ("provider_order: [gemini, groq]", "provider_order: [gemini, groq]\n  timeout: 60"),
        ("{groq: qwen}", "{groq: {id: qwen}}"),
        *(
            ("provider_order: [gemini, groq]", f"provider_order: [gemini, groq]\n  providers: {settings}")
            for settings in (
                "{groq: {api: groq, timeout: 60.0}, gemini: }",
                "{groq: {timeout: 60}, gemini: {timeout: 60}}\n  timeout: 5",
                "{other: {api: x, base_url: 'http://x', options: {a: 1}, timeout: 5, limits: none, api_key_env: KEY}}",
            )
        ),
    ],
)
def test_words_and_layout_do_not_matter(tmp_path: Path, old: str, new: str) -> None:
    """Comments, layout, texts for people, escalations, defaults and the order of mappings change no revision."""
    assert old in _POLICY
    assert _revision(tmp_path, a=_POLICY.replace(old, new)) == _revision(tmp_path, a=_POLICY)


def test_the_split_into_files_does_not_matter(tmp_path: Path) -> None:
    """A policy in several files, in any order, has the revision of the same policy in one."""
    at = _POLICY.index("rulesets:")
    outcome = _POLICY.index("  outcome:")
    parts = [_POLICY[:at], _POLICY[at:outcome], f"rulesets:\n{_POLICY[outcome:]}"]
    whole = _revision(tmp_path, a=_POLICY)
    assert whole == _revision(tmp_path, a=parts[0], b=parts[1], c=parts[2])
    assert whole == _revision(tmp_path, c=parts[0], a=parts[1], b=parts[2])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[fast, general]", "[general, fast]"),
        ("llama", "llama-2"),
        ("{groq: qwen}", "{groq: qwen, gemini: flash}"),
        ("[gemini, groq]", "[groq, gemini]"),
        ("{critic: fast, judge", "{critic: general, judge"),
        (", judge: general", ""),
        ("{critic: fast, judge", "{critics: fast, judge"),
        ("{planning: {critic: general}}", "{planning: {critic: fast}}"),
        ("{planning: {critic: general}}", "{review: {critic: general}}"),
        ("{planning: {critic: general}}", "{}"),
        ("[solo, team]", "[solo, team, swarm]"),
        ("preset", "presets"),
        ("values: [solo, team]", "integer: true"),
        ("critics: {pri", "judges: {pri"),
        ("pri: 10, all: [{m: {role", "pri: 15, all: [{m: {role"),
        ("{role: critic}", "{role: judge}"),
        ("{role: critic}", "{phase: critic}"),
        ("{role: critic}", "{$neq: {role: critic}}"),
        ("{role: critic}", "{role: [critic, judge]}"),
        ("run: {tier: general}", "run: {tier: fast}"),
        ("run: {tier: general}", "run: {tier: {$m: role_default}}"),
        ("{groq: qwen}", "{groq: {id: qwen, a: 1}}"),
        *(
            ("[gemini, groq]", f"[gemini, groq]\n  providers: {{groq: {settings}}}")
            for settings in (
                "{api: x}",
                "{base_url: 'http://x'}",
                "{options: {a: 1}}",
                "{timeout: 5}",
                "{limits: none}",
                "{limits: {requests_per_day: 9}}",
                "{api_key_env: KEY}",
            )
        ),
        ("[gemini, groq]", "[gemini, groq]\n  cool_down: 5"),
        ("[gemini, groq]", "[gemini, groq]\n  timeout: 5"),
        ("run: ignore", "run: hold"),
        ("run: ignore", "run: {escalate_to: general}"),
    ],
)
def test_meaning_matters(tmp_path: Path, old: str, new: str) -> None:
    """Whatever can change a decision, or which model is tried, changes the revision."""
    assert old in _POLICY
    assert _revision(tmp_path, a=_POLICY.replace(old, new, 1)) != _revision(tmp_path, a=_POLICY)


def test_the_shipped_policy_has_one_revision() -> None:
    """Loading a policy twice gives the same revision."""
    assert load_policy(shipped_policy()).revision == load_policy(shipped_policy()).revision
