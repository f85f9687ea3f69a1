"""HFS's own algorithm, written out, and ours: the same tiers, return values, counts and files.

Where they differ on purpose is in the last tests, each by its name; docs/hfs.md gives the reasons.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.hfs import EscalationTracker, ModelSelector
from tests.hfs.hfs import TiersSection, shipped_config

Json = dict[str, Any]
LADDER = ["fast", "general", "reasoning"]
TRIADS = ["a", "b", "a:b"]
ROLES = ["worker_a", "orchestrator", "b", "unlisted"]
PHASES = ["deliberation", "execution"]
PROVIDERS = ["groq", "cerebras"]
TIERS = {name: {"description": "", "providers": {p: f"{name}-of-{p}" for p in PROVIDERS}} for name in LADDER}


class Oracle:
    """HFS's two classes as hfs.md tells of them."""

    THRESHOLD: ClassVar[int] = 3

    def __init__(self, section: Json, file: Json) -> None:
        self.section = section
        self.file = file
        self.counts: dict[str, int] = {}
        self.warnings = 0

    def tier(self, triad: str, role: str, phase: str | None) -> str:
        """Escalation, then phase override, then role default, then general."""
        escalated = self.section["escalation_state"].get(f"{triad}:{role}")
        override = self.section["phase_overrides"].get(phase, {}).get(role)
        return str(escalated or override or self.section["role_defaults"].get(role) or "general")

    def fail(self, triad: str, role: str) -> str | None:
        """Count to three, then go one step up from the entry, or from the role's default."""
        key = f"{triad}:{role}"
        self.counts[key] = self.counts.get(key, 0) + 1
        if self.counts[key] < self.THRESHOLD:
            return None
        self.counts[key] = 0
        rank = LADDER.index(self.tier(triad, role, None))
        if rank == len(LADDER) - 1:
            self.warnings += 1
            return None
        new = LADDER[rank + 1]
        self.section["escalation_state"][key] = new
        written = self.file.get("config", self.file)
        written.setdefault("model_tiers", {}).setdefault("escalation_state", {})[key] = new
        return new

    def succeed(self, triad: str, role: str) -> None:
        self.counts.pop(f"{triad}:{role}", None)

    def count(self, triad: str, role: str) -> int:
        return self.counts.get(f"{triad}:{role}", 0)


@st.composite
def sections(draw: st.DrawFn) -> Json:
    """A config in which no phase override lies above the tier that a role is, or can be, escalated to first."""
    defaults = draw(st.dictionaries(st.sampled_from(ROLES[:-1]), st.sampled_from(LADDER)))
    rank = {role: LADDER.index(defaults.get(role, "general")) for role in ROLES}
    entries = {
        f"{triad}:{role}": draw(st.sampled_from(LADDER[rank[role] :]))
        for triad, role in draw(st.lists(st.tuples(st.sampled_from(TRIADS), st.sampled_from(ROLES)), max_size=4))
    }
    lowest = {
        role: min([LADDER.index(tier) for key, tier in entries.items() if key.endswith(f":{role}")] or [rank[role] + 1])
        for role in ROLES
    }
    overrides: Json = {}
    for phase, role in draw(st.lists(st.tuples(st.sampled_from(PHASES), st.sampled_from(ROLES)), max_size=4)):
        overrides.setdefault(phase, {})[role] = draw(st.sampled_from(LADDER[: lowest[role] + 1]))
    return {"tiers": TIERS, "role_defaults": defaults, "phase_overrides": overrides, "escalation_state": entries}


FORMS = ["rooted", "flat", "empty", "null", "absent"]
"""How the file that HFS has read its config from may look; where it says less, HFS has the rest from elsewhere."""


def file_of(section: Json, form: str) -> Json:
    if form == "empty":
        return {"config": {}}
    written = deepcopy(section)
    if form == "null" and not written["escalation_state"]:
        written["escalation_state"] = None
    if form == "absent" and not written["escalation_state"]:
        del written["escalation_state"]
    data = {"triads": [{"id": "a", "preset": "hierarchical"}], "model_tiers": written}
    return data if form == "flat" else {"config": data, "other": [1]}


def healed(data: Json) -> Json:
    """The data with a section of entries where the file has none: HFS's own class fails at null."""
    written = data.get("config", data).get("model_tiers", {})
    if "escalation_state" in written and written["escalation_state"] is None:
        written["escalation_state"] = {}
    return data


ACTIONS = ["fail", "fail", "fail", "fail", "succeed", "model", "count", "tier"]
STEPS = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(TRIADS), st.sampled_from(ROLES), st.integers(0, 2))


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(section=sections(), form=st.sampled_from(FORMS), history=st.lists(STEPS, max_size=16), data=st.data())
def test_tiers_return_values_counts_and_files_are_those_of_hfs(
    tmp_path_factory: pytest.TempPathFactory, section: Json, form: str, history: list[Any], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("hfs", numbered=True) / "hfs.yaml"
    file = file_of(section, form)
    path.write_text(yaml.safe_dump(file, sort_keys=data.draw(st.booleans())))
    oracle = Oracle(deepcopy(section), healed(deepcopy(file)))
    config = TiersSection.model_validate(deepcopy(section))
    manager = Mock(available_providers=PROVIDERS)
    manager.get_model.side_effect = lambda provider, model_id: (provider, model_id)
    selector, tracker = ModelSelector(config, manager), EscalationTracker(path, config)
    few = history[:1] * data.draw(st.integers(0, 6))  # the same again and again, so that some come to the top
    for action, triad, role, phases in [*few, *history]:
        phase = [None, *PHASES][phases]
        if action == "fail":
            assert tracker.record_failure(triad, role) == oracle.fail(triad, role)
        elif action == "succeed":
            tracker.record_success(triad, role)
            oracle.succeed(triad, role)
        elif action == "model":
            tier = oracle.tier(triad, role, phase)
            assert selector.get_model(triad, role, phase) == ("groq", f"{tier}-of-groq")
        elif action == "tier":
            assert selector.get_current_tier(triad, role) == oracle.tier(triad, role, None)
        assert tracker.get_failure_count(triad, role) == oracle.count(triad, role)
    assert config.model_dump() == oracle.section
    assert healed(yaml.safe_load(path.read_text())) == oracle.file


class Both:
    """The oracle and ours on HFS's own config, with some rows changed."""

    def __init__(self, tmp_path: Path, **rows: Json) -> None:
        section = shipped_config().model_dump() | rows
        path = tmp_path / "hfs.yaml"
        path.write_text(yaml.safe_dump({"config": {"model_tiers": section}}))
        self.oracle = Oracle(deepcopy(section), deepcopy({"config": {"model_tiers": section}}))
        self.config = TiersSection.model_validate(section)
        manager = Mock(available_providers=PROVIDERS)
        manager.get_model.side_effect = lambda provider, model_id: (provider, model_id)
        self.selector = ModelSelector(self.config, manager)
        self.tracker = EscalationTracker(path, self.config)

    def fail(self, role: str, times: int = 3) -> tuple[str | None, str | None]:
        """What ours and the oracle return for the last of these failures."""
        for _ in range(times):
            returned = self.tracker.record_failure("t", role), self.oracle.fail("t", role)
        return returned


def test_difference_code_execution_never_rises(tmp_path: Path) -> None:
    both = Both(tmp_path)
    assert both.fail("code_execution") == (None, "general")
    assert both.config.escalation_state == {}
    assert both.tracker.get_failure_count("t", "code_execution") == 0


def test_difference_code_execution_is_fast_whatever_the_rows_say(tmp_path: Path) -> None:
    both = Both(tmp_path, escalation_state={"t:code_execution": "reasoning"})
    assert both.selector.get_current_tier("t", "code_execution") == "fast"
    assert both.oracle.tier("t", "code_execution", None) == "reasoning"


def test_difference_raised_tier_is_not_below_a_phase_override(tmp_path: Path) -> None:
    """HFS's own algorithm lowers the role in planning, from reasoning to general."""
    both = Both(tmp_path, role_defaults={"r": "fast"}, phase_overrides={"planning": {"r": "reasoning"}})
    assert both.fail("r") == ("reasoning", "general")
    assert both.oracle.tier("t", "r", "planning") == "general"


def test_difference_raised_tier_is_not_below_the_default_above_an_old_entry(tmp_path: Path) -> None:
    both = Both(tmp_path, role_defaults={"r": "reasoning"}, escalation_state={"t:r": "fast"})
    assert both.fail("r") == ("reasoning", "general")


def test_difference_raised_tier_starts_from_the_phase_that_hfs_says(tmp_path: Path) -> None:
    """HFS's own algorithm skips a tier."""
    both = Both(tmp_path)
    with both.selector.in_phase("execution"):
        assert both.selector.get_current_tier("t", "worker_a") == "fast"
        assert both.fail("worker_a") == ("general", "reasoning")


def test_difference_a_hold_at_the_top_ends_the_streak(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Three more failures at the top are one more warning, not three."""
    both = Both(tmp_path)
    for warnings in (1, 2):
        assert both.fail("orchestrator") == (None, None)
        assert both.tracker.get_failure_count("t", "orchestrator") == 0
        assert caplog.text.count("already at highest tier") == warnings


def test_difference_streaks_survive_a_restart(tmp_path: Path) -> None:
    both = Both(tmp_path)
    both.fail("worker_a", times=2)
    again = EscalationTracker(tmp_path / "hfs.yaml", both.config.model_copy(deep=True))
    assert again.get_failure_count("t", "worker_a") == 2


def test_difference_the_last_colon_divides_triad_and_role(tmp_path: Path) -> None:
    """HFS's own algorithm counts the role `c` of the triad `a:b` and the role `b:c` of `a` as one."""
    both = Both(tmp_path)
    both.tracker.record_failure("a:b", "c")
    both.oracle.fail("a:b", "c")
    assert both.oracle.count("a", "b:c") == 1
    assert both.tracker.get_failure_count("a", "c") == 0
