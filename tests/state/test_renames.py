"""Renaming in what was learned: entries, streaks and history go on under the new name, in each store."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.author import PolicyFiles, rename_edits
from resolver.domain import NameKind, Renaming, Subject
from resolver.facade.renaming import learned_names, rename_everywhere
from resolver.state import NewContent
from tests.state.conftest import Place
from tests.state.own import fail, settled

A, NEW = Subject("layout", "worker_a"), Subject("layout", "builder")


def rename(path: Path, state: str | None, kind: str, old: str, new: str) -> int:
    """Rename in a policy and its state, as the command does it."""
    files = PolicyFiles(path)
    edits = rename_edits(files.texts, NameKind(kind), old, new)
    contents = {file: NewContent(*content) for file, content in files.changed(edits).items()}
    return rename_everywhere(path, state, Renaming(NameKind(kind), old, new), contents)


def _learned(place: Place) -> None:
    with place.open() as resolver:
        fail(resolver, "worker_a", times=3)
        fail(resolver, "worker_b", times=2)
        resolver.record_failure("layout", "critic", phase="execution")


def test_a_role_keeps_what_it_has_learned(place: Place) -> None:
    """Its entry, its streak and its history have the new name, and nothing looks like an edit of a person."""
    _learned(place)
    assert rename(place.policy(), place.owner or None, "role", "worker_a", "builder") > 0
    assert rename(place.policy(), place.owner or None, "role", "worker_b", "mason") > 0
    with place.open() as resolver:
        assert resolver.escalations() == {NEW: "reasoning"}
        assert resolver.resolve("layout", "builder").tier == "reasoning"
        streaks = {subject: streak.strikes for subject, streak in resolver.streaks().items()}
        assert streaks == {Subject("layout", "critic"): 1, Subject("layout", "mason"): 2}
        assert [(event.what, event.subject) for event in resolver.history()] == [("escalate", NEW)]
        assert resolver.removed_entries() == {}
        [outcome] = fail(resolver, "mason")
        assert str(outcome.effect) == "escalate"


def test_a_triad_keeps_what_it_has_learned(place: Place) -> None:
    _learned(place)
    rename(place.policy(), place.owner or None, "triad", "layout", "grid")
    with place.open() as resolver:
        assert resolver.escalations() == {Subject("grid", "worker_a"): "reasoning"}
        assert {subject.triad for subject in resolver.streaks()} == {"grid"}
        assert {event.subject.triad for event in resolver.history()} == {"grid"}


def test_a_tier_keeps_its_entries_and_streaks(place: Place) -> None:
    _learned(place)
    for old, new in (("reasoning", "deep"), ("general", "middle")):
        rename(place.policy(), place.owner or None, "tier", old, new)
    with place.open() as resolver:
        assert resolver.escalations() == {A: "deep"}
        assert {streak.failed_tier for streak in resolver.streaks().values()} == {"middle"}
        assert [(event.from_tier, event.to_tier) for event in resolver.history()] == [("middle", "deep")]
        [outcome] = fail(resolver, "worker_b")
        assert outcome.escalation is not None
        assert outcome.escalation.to_tier == "deep"


def test_a_host_starts_with_the_new_names_of_its_tiers(shared: Place, caplog: pytest.LogCaptureFixture) -> None:
    """What it has known last has no tier that its policy does not have, if the command has the host's own URL."""
    if shared.kind == "pgbouncer":
        pytest.skip("hosts use the pooler's address, and the owner the server's")
    _learned(shared)
    rename(shared.policy(), shared.owner, "tier", "reasoning", "deep")
    with shared.open() as resolver:
        assert resolver.escalations() == {A: "deep"}
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_phase_changes_in_the_history(place: Place) -> None:
    with place.open() as resolver:
        for _ in range(3):
            resolver.record_failure("layout", "worker_a", phase="execution")
        assert learned_names(resolver, NameKind.PHASE) == {"execution"}
    rename(place.policy(), place.owner or None, "phase", "execution", "building")
    with place.open() as resolver:
        assert [event.phase for event in resolver.history()] == ["building"]
        assert resolver.resolve("layout", "worker_b", phase="building").tier == "fast"


def test_a_rule_keeps_its_name_in_the_history(place: Place) -> None:
    """The history says what decided then; entries and streaks stay, and the rule decides by its new name."""
    _learned(place)
    assert rename(place.policy(), place.owner or None, "rule", "three_strikes", "patience") == 0
    with place.open() as resolver:
        assert [event.rule for event in resolver.history()] == ["three_strikes"]
        assert resolver.escalations() == {A: "reasoning"}
        assert fail(resolver, "worker_b")[-1].rule == "patience"


def test_a_process_that_runs_goes_on(place: Place) -> None:
    """It loads the renamed policy, and its requests by the new name get the tier that was learned."""
    with place.open() as resolver:
        fail(resolver, "worker_a", times=3)
        rename(place.policy(), place.owner or None, "role", "worker_a", "builder")
        settled(resolver)
        resolver.reload()
        assert resolver.escalations() == {NEW: "reasoning"}
        assert resolver.resolve("layout", "builder").tier == "reasoning"
        assert [event.what for event in resolver.history()] == ["escalate"]
        assert fail(resolver, "builder", times=3)[-1].rule == "top_of_the_ladder"


def test_a_streak_of_the_new_name_is_joined(place: Place) -> None:
    """An application that uses the new name already has a streak; the longer one stays."""
    with place.open() as resolver:
        fail(resolver, "worker_a", times=1)
        fail(resolver, "builder", times=2)
    rename(place.policy(), place.owner or None, "role", "worker_a", "builder")
    with place.open() as resolver:
        assert {subject: streak.strikes for subject, streak in resolver.streaks().items()} == {NEW: 2}


def test_what_cannot_be_replaced_changes_nothing(place: Place) -> None:
    """A file that has been saved meanwhile, or that is open for writing, leaves files and state as they were."""
    _learned(place)
    path = place.policy()
    before = {file: file.read_bytes() for file in path.iterdir() if file.suffix == ".yaml"}
    contents = {
        path / "precedence.yaml": NewContent(before[path / "precedence.yaml"], b"new"),
        path / "model_tiers.yaml": NewContent(b"saved meanwhile", b"new"),
    }
    with pytest.raises(ResolverError, match="saved just now"):
        rename_everywhere(path, place.owner or None, Renaming(NameKind.ROLE, "worker_a", "builder"), contents)
    assert {file: file.read_bytes() for file in path.iterdir() if file.suffix == ".yaml"} == before
    assert not list(path.glob(".*.new"))
    with place.open() as resolver:
        assert resolver.escalations() == {A: "reasoning"}
        assert {event.subject for event in resolver.history()} == {A}


def test_recorded_outcomes_have_the_new_names(tmp_path: Path) -> None:
    """A replay of them asks for the new names; facts and tiers, too."""
    place = Place("file", tmp_path, None, "")
    path = place.policy()
    facts = "facts: {preset: {values: [solo, both]}}\n"
    (path / "facts.yaml").write_text(facts, encoding="utf-8")
    with place.open() as resolver:
        resolver.record_failure("layout", "worker_a", phase="execution", facts={"preset": "solo"}, kind="worker_a")
    for kind, old, new in (
        ("role", "worker_a", "builder"),
        ("phase", "execution", "building"),
        ("tier", "fast", "quick"),
        ("fact", "preset", "mode"),
        ("triad", "layout", 'é"x'),
    ):
        rename(path, None, kind, old, new)
    with place.open() as resolver:
        [line] = map(json.loads, resolver.outcomes())
    assert {name: line[name] for name in ("triad", "role", "phase", "tier", "facts", "kind")} == {
        "triad": 'é"x', "role": "builder", "phase": "building", "tier": "quick", "facts": {"mode": "solo"},
        "kind": "worker_a",
    }  # fmt: skip


def test_another_host_sees_the_new_name_and_forgets_the_old_one(shared: Place) -> None:
    """It does not bring the old entry back from its own file, which still has it."""
    entries = '\n    "layout:worker_a": reasoning'
    with shared.open(0, entries), shared.open(1, entries) as other:
        assert other.escalations() == {A: "reasoning"}
        rename(shared.policy(), shared.owner, "role", "worker_a", "builder")
        assert other.escalations() == {NEW: "reasoning"}
        assert other.resolve("layout", "builder").tier == "reasoning"
        rename(shared.policy(1), shared.owner, "role", "worker_a", "builder")
        other.reload()
        assert other.escalations() == {NEW: "reasoning"}
        assert other.resolve("layout", "worker_a").rule == "unlisted_role"
    with shared.open(1) as again:
        assert again.escalations() == {NEW: "reasoning"}


def test_two_entries_are_not_joined(shared: Place) -> None:
    """Which of them is meant is for a person to say."""
    with shared.open() as resolver:
        fail(resolver, "worker_a", times=3)
        fail(resolver, "builder", times=3)
    with pytest.raises(ResolverError, match="`layout:worker_a` and `layout:builder` both have an entry"):
        rename(shared.policy(), shared.owner, "role", "worker_a", "builder")
    with shared.open() as resolver:
        assert resolver.escalations() == {A: "reasoning", NEW: "reasoning"}
    assert "worker_a: general" in (shared.policy() / "model_tiers.yaml").read_text(encoding="utf-8")


def test_a_role_without_the_right_changes_nothing(served: Place) -> None:
    """The program's own role may not change the history; the message says so, and the files stay."""
    _learned(served)
    with pytest.raises(ResolverError, match=r"resolver_history|denied"):
        rename(served.policy(), served.app, "role", "worker_a", "builder")
    assert "worker_a: general" in (served.policy() / "model_tiers.yaml").read_text(encoding="utf-8")
    with served.open() as resolver:
        assert resolver.escalations() == {A: "reasoning"}


@pytest.mark.slow
def test_outcomes_meanwhile_are_not_lost(place: Place) -> None:
    """Reports of another role go on while a role is renamed."""
    with place.open() as resolver:
        fail(resolver, "worker_a", times=2)
        counted: list[str] = []

        def report() -> None:
            for number in range(40):
                counted.append(str(resolver.record_failure(f"t{number}", "critic").effect))

        thread = threading.Thread(target=report)
        thread.start()
        rename(place.policy(), place.owner or None, "role", "worker_a", "builder")
        thread.join()
        assert counted == ["count"] * 40
    with Resolver.open(place.policy(), state=place.url()) as again:
        assert len(again.streaks()) == 41
        assert again.streaks()[NEW].strikes == 2
