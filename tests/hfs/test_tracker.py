"""The contract of `EscalationTracker`, a test for each of its sentences."""

from __future__ import annotations

import gc
import logging
import shutil
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from resolver import ResolverError
from resolver.hfs import EscalationTracker, ModelSelector
from resolver.loader import shipped_policy
from tests.hfs.hfs import FILE, config_of, escalations
from tests.hfs.managers import Writing

KEY = "t:worker_a"


def fail(tracker: EscalationTracker, times: int = 3, triad: str = "t", role: str = "worker_a") -> list[str | None]:
    return [tracker.record_failure(triad, role) for _ in range(times)]


@pytest.mark.parametrize("kind", [str, Path])
def test_it_takes_a_path_or_text_and_the_config(file: Path, kind: Any) -> None:
    config = config_of(file)
    assert fail(EscalationTracker(kind(file), config))[-1] == "reasoning"
    assert fail(EscalationTracker(config_path=kind(file), config=config), role="critic")[-1] == "reasoning"
    assert set(escalations(file)) == {KEY, "t:critic"}


def test_its_class_attributes_are_those_of_hfs() -> None:
    assert EscalationTracker.ESCALATION_THRESHOLD == 3
    assert EscalationTracker.TIER_ORDER == ["fast", "general", "reasoning"]


def test_the_third_failure_returns_the_new_tier_and_the_count_is_zero_again(file: Path) -> None:
    config = config_of(file)
    tracker = EscalationTracker(file, config)
    found = [(tracker.record_failure("t", "worker_a"), tracker.get_failure_count("t", "worker_a")) for _ in range(3)]
    assert found == [(None, 1), (None, 2), ("reasoning", 0)]


def test_a_success_ends_the_streak_and_returns_nothing(file: Path) -> None:
    tracker = EscalationTracker(file, config_of(file))
    fail(tracker, 2)
    assert tracker.record_success("t", "worker_a") is None  # type: ignore[func-returns-value]
    assert tracker.get_failure_count("t", "worker_a") == 0
    assert fail(tracker, 2) == [None, None]


def test_counts_are_of_one_role_of_one_triad(file: Path) -> None:
    tracker = EscalationTracker(file, config_of(file))
    fail(tracker, 2)
    assert tracker.get_failure_count("t", "worker_b") == tracker.get_failure_count("u", "worker_a") == 0


def test_at_the_top_it_warns_on_a_logger_that_reaches_the_root(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = config_of(file)
    tracker = EscalationTracker(file, config)
    before = file.read_bytes()
    with caplog.at_level(logging.WARNING):
        assert fail(tracker, role="orchestrator") == [None, None, None]
    (record,) = [record for record in caplog.records if "already at highest tier" in record.getMessage()]
    assert (record.levelname, record.levelno) == ("WARNING", logging.WARNING)
    assert (config.escalation_state, file.read_bytes()) == ({}, before)


def test_a_failure_of_the_team_has_a_count_of_its_own_in_memory(file: Path) -> None:
    config = config_of(file)
    tracker = EscalationTracker(file, config)
    assert fail(tracker, 4, role="team") == [None] * 4
    assert tracker.get_failure_count("t", "team") == 4
    assert (config.escalation_state, escalations(file)) == ({}, {})
    assert EscalationTracker(file, config_of(file)).get_failure_count("t", "team") == 0


def test_a_failure_of_the_team_counts_against_all_roles_that_were_handed_a_model(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    for role in ("worker_a", "orchestrator"):
        selector.get_model("t", role)
    selector.get_model("u", "worker_b")
    fail(tracker, 2, role="team")
    assert [tracker.get_failure_count("t", role) for role in ("worker_a", "orchestrator", "worker_b")] == [2, 2, 0]
    assert tracker.get_failure_count("u", "worker_b") == 0
    assert tracker.record_failure("t", "team") == "reasoning"


def test_a_failure_of_the_team_returns_the_highest_new_tier(file: Path) -> None:
    config = config_of(file)
    config.role_defaults["slow"] = "fast"
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    for role in ("worker_a", "slow"):
        selector.get_model("t", role)
    assert fail(tracker, role="team") == [None, None, "reasoning"]
    assert config.escalation_state == {"t:worker_a": "reasoning", "t:slow": "general"}


def test_a_success_in_the_triad_ends_the_failures_of_its_team(file: Path) -> None:
    """HFS records none for `team` itself."""
    tracker = EscalationTracker(file, config_of(file))
    fail(tracker, 2, role="team")
    tracker.record_success("u", "worker_a")
    assert tracker.get_failure_count("t", "team") == 2
    tracker.record_success("t", "worker_a")
    assert tracker.get_failure_count("t", "team") == 0


@pytest.mark.parametrize("first", ["selector", "tracker"])
def test_selector_and_tracker_find_each_other_by_their_config(file: Path, first: str) -> None:
    config = config_of(file)
    if first == "selector":
        selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    else:
        tracker = EscalationTracker(file, config)
        selector = ModelSelector(config, Writing("groq"))
    fail(tracker)
    assert selector.get_current_tier("t", "worker_a") == "reasoning"


def test_configs_that_are_equal_and_not_the_same_are_separate(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    shutil.copy(file, other)
    mine, theirs = config_of(file), config_of(other)
    assert mine == theirs
    selector = ModelSelector(theirs, Writing("groq"))
    EscalationTracker(other, theirs)
    fail(EscalationTracker(file, mine))
    assert selector.get_current_tier("t", "worker_a") == "general"
    assert (theirs.escalation_state, escalations(other)) == ({}, {})


def test_different_rules_for_one_config_are_refused(file: Path, tmp_path: Path) -> None:
    config = config_of(file)
    policies = Path(shutil.copytree(shipped_policy(), tmp_path / "rules"))
    selector = ModelSelector(config, Writing("groq"), policies=policies)
    with pytest.raises(ResolverError, match=r"is used with the rules of `.*rules` already"):
        EscalationTracker(file, config, policies=shipped_policy())
    EscalationTracker(file, config, policies=tmp_path / "." / "rules")
    EscalationTracker(file, config)
    assert selector.get_current_tier("t", "worker_a") == "general"


@pytest.mark.slow
def test_a_config_that_nobody_uses_any_more_is_let_go(file: Path) -> None:
    from resolver.hfs import shared_policy  # noqa: PLC0415  only here

    gc.collect()  # those of other tests
    before = len(shared_policy._shared)
    gone = []
    for _ in range(5):
        config = config_of(file)
        selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
        selector.get_model("t", "worker_a")
        fail(tracker, 1)
        gone.append(weakref.ref(config))
    del config, selector, tracker
    gc.collect()
    gc.collect()  # the store, which is closed when nobody can use it any more, goes next
    assert [one() for one in gone] == [None] * 5
    assert len(shared_policy._shared) == before


@pytest.mark.slow
def test_sixteen_threads_lose_nothing(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)

    def work(number: int) -> list[str | None]:
        found = []
        for _ in range(3):
            found.append(tracker.record_failure(f"t{number}", "worker_a"))
            selector.get_current_tier(f"t{number}", "worker_a")
            selector.get_model(f"t{number}", f"role{number}")
            tracker.record_failure(f"t{number}", "team")
        return found

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(work, range(16)))
    assert found == [[None, None, "reasoning"]] * 16
    expected = {f"t{n}:{role}": "reasoning" for n in range(16) for role in ("worker_a", f"role{n}")}
    assert config.escalation_state == escalations(file) == expected


def test_sixteen_failures_of_one_role_at_once_are_all_counted(file: Path) -> None:
    tracker = EscalationTracker(file, config_of(file))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: tracker.record_failure("t", "worker_a"), range(16)))
    assert found.count("reasoning") == 1
    assert tracker.get_failure_count("t", "worker_a") == 16 % 3


def test_streaks_survive_a_restart(file: Path) -> None:
    fail(EscalationTracker(file, config_of(file)), 2)
    again = EscalationTracker(file, config_of(file))
    assert again.get_failure_count("t", "worker_a") == 2
    assert again.record_failure("t", "worker_a") == "reasoning"


def test_a_role_with_a_colon_is_refused_by_name(file: Path) -> None:
    tracker = EscalationTracker(file, config_of(file))
    for record in (tracker.record_failure, tracker.record_success):
        with pytest.raises(ResolverError, match="b:c"):
            record("a", "b:c")
    fail(tracker, 1, "a:b", "c")
    assert tracker.get_failure_count("a:b", "c") == 1


@pytest.mark.slow
def test_a_second_tracker_of_a_config_goes_on_with_its_file(file: Path, tmp_path: Path) -> None:
    config = config_of(file)
    fail(EscalationTracker(file, config), 2)
    assert EscalationTracker(str(file), config).record_failure("t", "worker_a") == "reasoning"
    other = tmp_path / "other.yaml"
    other.write_text(FILE)
    moved = EscalationTracker(other, config)
    fail(moved, role="critic")
    assert (set(escalations(file)), set(escalations(other))) == ({KEY}, {"t:critic"})


def test_a_model_in_use_keeps_its_policy(file: Path) -> None:
    """A tracker that is made later records for models of a selector that is gone."""
    config = config_of(file)
    selector = ModelSelector(config, Writing("groq"))
    host, shared = selector._shared.host, weakref.ref(selector._shared)  # a model refers to the host
    del selector
    gc.collect()
    assert shared() is EscalationTracker(file, config)._shared
    del host
    gc.collect()
    assert shared() is None
