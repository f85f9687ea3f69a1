"""Nothing is decided outside the rules: with others, HFS behaves differently."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.loopback import Failure, Loopback
from resolver import ResolverError
from resolver.domain import ProviderSettings
from resolver.hfs import EscalationTracker, ModelSelector
from resolver.hfs.config_policy import ConfigPolicy
from resolver.loader import shipped_policy
from tests.hfs.hfs import FILE, config_of, shipped_config
from tests.hfs.managers import Writing
from tests.hfs.running import GENERAL, HFS, REASONING, leading, run, who


def edited_rules(tmp_path: Path, name: str, old: str, new: str) -> Path:
    policies = Path(shutil.copytree(shipped_policy(), tmp_path / "rules"))
    path = policies / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return policies


def test_the_tiers_come_from_the_rules_that_are_given(tmp_path: Path) -> None:
    policies = edited_rules(tmp_path, "precedence.yaml", "run: {tier: general}", "run: {tier: fast}")
    selector = ModelSelector(shipped_config(), Writing("cerebras"), policies=str(policies))
    assert selector.get_current_tier("t", "nobody") == "fast"


def test_the_rows_of_the_rules_directory_are_not_the_configs(tmp_path: Path) -> None:
    policies = edited_rules(tmp_path, "model_tiers.yaml", "worker_a: general", "worker_a: reasoning")
    selector = ModelSelector(shipped_config(), Writing("cerebras"), policies=policies)
    assert selector.get_current_tier("t", "worker_a") == "general"


def test_timeouts_and_settings_of_providers_come_from_the_rules(tmp_path: Path) -> None:
    """HFS's config has none, so that those of the rules directory hold, as its `cool_down` does."""
    settings = "  cool_down: 5\n  timeout: 2.5\n  providers: {groq: {api: x, timeout: 9}}\n  role_defaults:\n"
    policies = edited_rules(tmp_path, "model_tiers.yaml", "  role_defaults:\n", settings)
    tiers = ConfigPolicy(shipped_config(), policies).table.policy.model_tiers
    assert (tiers.cool_down, tiers.timeout) == (5, 2.5)
    assert tiers.providers == {"groq": ProviderSettings("groq", "x", timeout=9)}


@pytest.mark.parametrize("ladder", ["[general, fast, reasoning]", "[fast, general, reasoning, huge]"])
def test_a_ladder_of_ones_own_is_refused(tmp_path: Path, ladder: str) -> None:
    policies = edited_rules(tmp_path, "model_tiers.yaml", "[fast, general, reasoning]", ladder)
    path = policies / "model_tiers.yaml"
    if "huge" in ladder:
        path.write_text(path.read_text().replace("  tiers:\n", "  tiers:\n    huge: {providers: {groq: h}}\n", 1))
    with pytest.raises(ResolverError, match=r"ladder of .* is "):
        ModelSelector(shipped_config(), Writing("groq"), policies=policies)
    file = tmp_path / "hfs.yaml"
    file.write_text(FILE)
    with pytest.raises(ResolverError, match=r"ladder of .* is "):
        EscalationTracker(file, config_of(file), policies=policies)


PRESET = """
facts:
  preset: {values: [hierarchical, dialectic], description: The triad's kind.}
rulesets:
  tier:
    dialectic_is_dear:
      pri: 5
      all: [{m: {preset: dialectic}}]
      run: {tier: reasoning}
"""


def test_the_preset_of_the_triad_reaches_rules_that_declare_it(tmp_path: Path, file: Path) -> None:
    """`copy` is dialectic, `layout` is hierarchical and `look` consensus, which these rules do not declare."""
    policies = Path(shutil.copytree(shipped_policy(), tmp_path / "rules"))
    (policies / "preset.yaml").write_text(PRESET)
    config = config_of(file)
    selector = ModelSelector(config, Writing("cerebras"), policies=policies)
    EscalationTracker(file, config)
    tiers = {triad: selector.get_current_tier(triad, "critic") for triad in ("copy", "layout", "look", "unheard-of")}
    assert tiers == {"copy": "reasoning", "layout": "general", "look": "general", "unheard-of": "general"}
    assert selector.get_model("copy", "critic") == "cerebras/qwen-3-235b-a22b-instruct-2507"


def test_the_preset_reaches_the_rules_on_outcomes(tmp_path: Path, file: Path) -> None:
    policies = Path(shutil.copytree(shipped_policy(), tmp_path / "rules"))
    rule = "{pri: 5, all: [{m: {$and: [{result: failure}, {preset: dialectic}]}}], run: ignore}"
    facts = PRESET.partition("rulesets:")[0]
    (policies / "preset.yaml").write_text(f"{facts}rulesets: {{outcome: {{dialectic: {rule}}}}}\n")
    tracker = EscalationTracker(file, config_of(file), policies=policies)
    for triad in ("copy", "layout"):
        tracker.record_failure(triad, "critic")
    assert [tracker.get_failure_count(triad, "critic") for triad in ("copy", "layout")] == [0, 1]


def test_a_preset_that_no_rule_declares_changes_nothing(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("cerebras")), EscalationTracker(file, config)
    assert selector.get_current_tier("copy", "critic") == "general"
    assert tracker.record_failure("copy", "critic") is None


def without_rule(policies: Path, name: str) -> Path:
    """A copy of the shipped policy without one of its rules."""
    for path in Path(shutil.copytree(shipped_policy(), policies)).glob("*.yaml"):
        head, found, tail = path.read_text().partition(f"    {name}:\n")
        if found:
            rest = tail.partition("\n\n")[2] if "\n\n" in tail else ""
            path.write_text(head + rest)
            return policies
    raise AssertionError(name)


def test_without_the_rule_of_three_strikes_nobody_rises(start: Callable[..., HFS], tmp_path: Path) -> None:
    hfs = start(policies=without_rule(tmp_path / "rules", "three_strikes"))
    hfs.fail(5, "worker_a")
    assert (hfs.config.escalation_state, hfs.counts()) == ({}, [0, 5, 0])


def test_without_the_rule_of_phase_overrides_phases_change_nothing(
    server: Loopback, start: Callable[..., HFS], tmp_path: Path
) -> None:
    hfs = start(policies=without_rule(tmp_path / "rules", "phase_override"))
    orchestrator = hfs.orchestrator(phase="execution")
    leading(server, "hierarchical", REASONING)
    run(orchestrator)
    assert {asked.model for asked in server.asked if who(asked) == "worker_a"} == {GENERAL}


def test_with_an_outage_that_counts_everything_answering_500_escalates(
    server: Loopback, start: Callable[..., HFS], tmp_path: Path
) -> None:
    hfs = start("cerebras", policies=without_rule(tmp_path / "rules", "not_the_models_fault"))
    orchestrator = hfs.orchestrator("consensus")
    server.answer(Failure(500))
    run(orchestrator, times=3)
    assert hfs.config.escalation_state == {"look:peer_1": "reasoning"}


def test_a_success_that_the_rules_ignore_ends_no_streak(start: Callable[..., HFS], tmp_path: Path) -> None:
    policies = Path(shutil.copytree(shipped_policy(), tmp_path / "rules"))
    path = policies / "three_strikes.yaml"
    path.write_text(path.read_text().replace("run: reset", "run: ignore"))
    hfs = start(policies=policies)
    hfs.fail(2, "worker_a")
    hfs.tracker.record_success("layout", "worker_a")
    assert hfs.counts() == [0, 2, 0]
