"""HFS's config file: what is written into it, and what is read from it."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread, Timer

import pytest
import yaml

from resolver import ResolverError
from resolver.hfs import EscalationTracker, ModelSelector, ModelTiersConfig
from resolver.prover import Proof
from resolver.table import DecisionTable
from tests.hfs.hfs import FILE, config_of, escalations, section, shipped_config
from tests.hfs.managers import Writing

KEY = "t:worker_a"


def fail(tracker: EscalationTracker, times: int = 3, triad: str = "t", role: str = "worker_a") -> list[str | None]:
    return [tracker.record_failure(triad, role) for _ in range(times)]


def test_it_changes_the_config_in_place_and_the_file(file: Path) -> None:
    config = config_of(file)
    state = config.escalation_state
    fail(EscalationTracker(file, config))
    assert config.escalation_state is state
    assert state == {KEY: "reasoning"} == escalations(file)


def test_of_the_file_only_the_lines_of_the_entry_change(file: Path) -> None:
    """HFS's own class reformats up to 168 lines of 244."""
    before = file.read_text().splitlines()
    tracker = EscalationTracker(file, config_of(file))
    for role in ("worker_a", "worker_b"):
        fail(tracker, role=role)
        after = file.read_text().splitlines()
        assert [line for line in before if line not in after] == ["      {}"]
        assert len(after) == len(before)


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_one_line_is_added_and_every_other_byte_stays(file: Path, ending: str) -> None:
    text = FILE.replace("escalation_state: # nobody yet\n      {}", "escalation_state: # so far\n      x:y: fast # old")
    file.write_bytes(text.replace("\n", ending).encode())
    before = file.read_bytes().splitlines(keepends=True)
    fail(EscalationTracker(file, config_of(file)))
    after = file.read_bytes().splitlines(keepends=True)
    added = [line for line in after if line not in before]
    assert len(added) == 1
    assert added[0].endswith(ending.encode())
    assert [line for line in after if line not in added] == before


@pytest.mark.parametrize(
    ("text", "rooted"),
    [
        ("config: {}\n", True),
        ("config: {triads: []}\n", True),
        ("config:\n  triads: []\n", True),
        ("config:\n  model_tiers:\n    role_defaults: {critic: fast}\n", True),
        ("config:\n  model_tiers:\n    escalation_state:\n  other: 1\n", True),
        ("config:\n  model_tiers:\n    escalation_state: null # so far\n", True),
        ("config:\n  model_tiers:\n    escalation_state: {}\n", True),
        ("config:\n  model_tiers:\n", True),
        ("triads: []\n", False),
        ("triads: []\nmodel_tiers:\n", False),
        ("model_tiers:\n  escalation_state:\n", False),
        ("model_tiers: {escalation_state: {'x:y': fast}}\ntriads: []\n", False),
    ],
)
def test_missing_parents_are_made_and_no_root_is_added_or_lost(file: Path, text: str, rooted: bool) -> None:
    file.write_text(text)
    before = yaml.safe_load(text)
    fail(EscalationTracker(file, shipped_config()))
    after = yaml.safe_load(file.read_text())
    assert ("config" in after) is rooted
    assert escalations(file)[KEY] == "reasoning"
    inside, outside = (data.get("config", data) for data in (after, before))
    assert {name: inside[name] for name in inside if name != "model_tiers"} == {
        name: outside[name] for name in outside if name != "model_tiers"
    }


def test_escalation_state_null_loads_as_none(file: Path) -> None:
    text = FILE.replace("escalation_state: # nobody yet\n      {}", "escalation_state:")
    file.write_text(text)
    config = ModelTiersConfig(**section(file))
    fail(EscalationTracker(file, config))
    assert config.escalation_state == escalations(file) == {KEY: "reasoning"}


def test_what_the_file_says_already_comes_into_the_config_and_the_higher_tier_holds(file: Path) -> None:
    file.write_text(FILE.replace("      {}", "      {'t:a': reasoning, 't:b': fast, 't:c': general, 't:d': nonsense}"))
    config = shipped_config()
    config.escalation_state.update({"t:b": "general", "t:c": "general"})
    EscalationTracker(file, config)
    assert config.escalation_state == {"t:a": "reasoning", "t:b": "general", "t:c": "general"}


@pytest.mark.slow
def test_a_file_that_is_gone_is_an_error_that_changes_nothing(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    fail(tracker, role="critic")
    fail(tracker, 2)
    kept = file.rename(file.with_suffix(".kept"))
    with pytest.raises(ResolverError, match=r"hfs\.yaml"):
        tracker.record_failure("t", "worker_a")
    assert config.escalation_state == {"t:critic": "reasoning"}
    assert selector.get_current_tier("t", "critic") == "reasoning"
    kept.rename(file)
    assert tracker.get_failure_count("t", "worker_a") == 2
    assert tracker.record_failure("t", "worker_a") == "reasoning"


@pytest.mark.parametrize("content", ["", "config:\n  model_tiers: {escalation_state: {", "\x00"])
def test_a_file_that_is_just_being_saved_takes_no_escalation_back(file: Path, content: str) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    fail(tracker)
    whole = file.read_text()
    file.write_text(content)
    live = selector._shared.live
    for _ in range(3):
        live._next_file_poll = 0.0
        assert selector.get_current_tier("t", "worker_a") == "reasoning"
        assert selector.get_model("t", "worker_a") == "groq/moonshotai/kimi-k2-instruct"
    file.write_text(whole)
    live._next_file_poll = 0.0
    assert selector.get_current_tier("t", "worker_a") == "reasoning"
    assert config.escalation_state == {KEY: "reasoning"}


def test_an_entry_that_a_person_takes_out_of_the_file_leaves_the_config(file: Path) -> None:
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    before = file.read_text()
    fail(tracker)
    file.write_text(before)
    selector._shared.live._next_file_poll = 0.0
    assert selector.get_current_tier("t", "worker_a") == "general"
    assert config.escalation_state == {}


def test_an_entry_that_only_the_config_has_counts(file: Path) -> None:
    config = config_of(file)
    tracker = EscalationTracker(file, config)
    config.escalation_state[KEY] = "fast"
    assert fail(tracker)[-1] == "general"
    assert config.escalation_state == escalations(file) == {KEY: "general"}


def test_a_config_without_a_mapping_of_entries_gets_one(file: Path) -> None:
    config = config_of(file)
    config.escalation_state = None  # type: ignore[assignment]
    fail(EscalationTracker(file, config))
    assert config.escalation_state == {KEY: "reasoning"}


def test_presets_are_read_again_when_the_file_changes(file: Path) -> None:
    config = config_of(file)
    selector = ModelSelector(config, Writing("groq"))
    EscalationTracker(file, config)
    live = selector._shared.live
    assert live._file is not None
    assert live._file.presets == {"layout": "hierarchical", "copy": "dialectic", "look": "consensus"}
    file.write_text(FILE.replace("preset: consensus", "preset: dialectic"))
    live._next_file_poll = 0.0
    selector.get_current_tier("t", "worker_a")
    assert live._file.presets["look"] == "dialectic"


@pytest.mark.parametrize("root", ["config: {triads: TRIADS}\n", "triads: TRIADS\n"])
def test_triads_that_say_no_preset_have_none(file: Path, root: str) -> None:
    triads = "[{id: a, preset: x}, {id: b}, {id: c, preset: null}, {preset: y}, 7, null, {id: [1], preset: z}]"
    file.write_text(root.replace("TRIADS", triads))
    config = shipped_config()
    tracker = EscalationTracker(file, config)
    assert tracker._shared.live._file is not None
    assert tracker._shared.live._file.presets == {"a": "x"}


def test_file_is_free_while_a_changed_config_is_proven(file: Path) -> None:
    """The request that sees the change waits for its proof; reports, here and in other processes, do not."""
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing()), EscalationTracker(file, config)
    other = EscalationTracker(file, config_of(file))
    live = tracker._shared.live
    begun, released, prove = Event(), Event(), live._prove

    def held(table: DecisionTable) -> Proof:
        begun.set()
        assert released.wait(30)
        return prove(table)

    live._prove = held
    config.role_defaults["worker_b"] = "reasoning"
    tiers: list[str | None] = []
    thread = Thread(target=lambda: tiers.append(selector.get_current_tier("t", "worker_b")))
    thread.start()
    assert begun.wait(30)
    assert fail(tracker)[-1] == "reasoning"
    assert fail(other, triad="u")[-1] == "reasoning"
    assert not released.is_set()
    released.set()
    thread.join(30)
    assert tiers == ["reasoning"]
    assert selector.get_current_tier("t", "worker_a") == "reasoning"
    assert escalations(file) == {KEY: "reasoning", "u:worker_a": "reasoning"}


def test_a_file_that_is_open_for_writing_is_not_followed(file: Path) -> None:
    """Half of a file can be YAML, too: with fewer entries in it."""
    config = config_of(file)
    selector, tracker = ModelSelector(config, Writing("groq")), EscalationTracker(file, config)
    fail(tracker)
    whole = file.read_text()
    with file.open("w") as editor:
        editor.write("config:\n  model_tiers: {}\n")
        editor.flush()
        assert tracker.get_failure_count("t", "worker_a") == 0
        tracker.record_failure("t", "critic")
        assert config.escalation_state == {KEY: "reasoning"}
        assert selector.get_current_tier("t", "worker_a") == "reasoning"
        editor.seek(0)
        editor.truncate()
        editor.write(whole)
    assert tracker.record_failure("t", "critic") is None
    assert config.escalation_state == {KEY: "reasoning"}


def test_a_file_that_is_just_being_saved_is_waited_for_at_first(file: Path) -> None:
    """Entries that it has are in force from the first request on."""
    config = config_of(file)
    fail(EscalationTracker(file, config))
    whole, other = file.read_text(), config_of(file)
    editor = file.open("w")
    editor.write(whole[:20])
    editor.flush()

    def finish() -> None:
        editor.write(whole[20:])
        editor.close()

    timer = Timer(0.3, finish)
    timer.start()
    other.escalation_state.clear()
    tracker = EscalationTracker(file, other)
    timer.join()
    assert ModelSelector(other, Writing("groq")).get_current_tier("t", "worker_a") == "reasoning"
    assert tracker.get_failure_count("t", "worker_a") == 0
