"""Golden cases of `record`, `state` and `history`, each a command line and a change of the policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from resolver import Resolver
from resolver.domain import Subject
from resolver.facade.opening import migrate_state
from tests.cli.policy_changes import PLANS, PRESET, in_turn, learned, nothing

_TWO = learned(("worker_a", 2))
_THREE = learned(("worker_a", 3), ("code_execution", 3), ("peer_1", 1))
_TAKEN_OUT = learned(("worker_a", 3), taken_out=True)

_SHARED = "--state sqlite:///state.db"


def _hosts(directory: Path) -> None:
    """Make a database, and the files of hosts that have learned by themselves."""
    migrate_state(f"sqlite:///{directory / 'state.db'}")
    text = (directory / "policies" / "model_tiers.yaml").read_text(encoding="utf-8")
    (directory / "hosts").mkdir()
    for name, entries in {
        "one": '{"layout:worker_a": general, "layout:worker_b": reasoning}',
        "two": '{"layout:worker_a": reasoning, "a:b:critic": general}',
        "bad": '{"layout:worker_a": fats}',
    }.items():
        file = directory / "hosts" / f"{name}.yaml"
        file.write_text(text.replace("escalation_state: {}", f"escalation_state: {entries}"), encoding="utf-8")
    text = text.replace("ladder: [fast, general, reasoning]", "ladder: [fast, general, reasoning, expert]")
    text = text.replace("  tiers:\n", "  tiers:\n    expert: {providers: {openrouter: anthropic/claude-opus-4}}\n", 1)
    text = text.replace("escalation_state: {}", 'escalation_state: {"layout:worker_a": expert}')
    (directory / "hosts" / "longer.yaml").write_text(text, encoding="utf-8")


def _reported(directory: Path) -> None:
    """Report a failure under a key, which is the third in a row."""
    _TWO(directory)
    with Resolver.open(directory / "policies") as resolver:
        resolver.record_failure("layout", "worker_a", key="job-17")


def _imported(directory: Path) -> None:
    """Make a database that has what one of the hosts has learned."""
    _hosts(directory)
    with Resolver.open(directory / "policies", state=f"sqlite:///{directory / 'state.db'}") as resolver:
        resolver.import_entries({Subject("layout", "worker_a"): "general", Subject("layout", "worker_b"): "reasoning"})


CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "record-count": ("record layout worker_a failure --phase execution --kind task --error 'no plan'", nothing),
    "record-escalate": ("record layout worker_a failure", _TWO),
    "record-escalate-json": ("record layout worker_a failure --format json", _TWO),
    "record-leap": ("record layout critic failure", in_turn(PLANS, learned(("critic", 2)))),
    "record-leap-json": ("record layout critic failure --format json", in_turn(PLANS, learned(("critic", 2)))),
    "record-ignore": ("record layout worker_a failure --kind capacity", _TWO),
    "record-hold": ("record layout code_execution failure", learned(("code_execution", 2))),
    "record-hold-top": ("record layout orchestrator failure", learned(("orchestrator", 2))),
    "record-success": ("record layout worker_a success", _TWO),
    "record-success-json": ("record layout worker_a success --format json", _TWO),
    "record-key": ("record layout worker_a failure --key job-17", nothing),
    "record-repeat": ("record layout worker_a failure --key job-17", _reported),
    "record-repeat-json": ("record layout worker_a failure --key job-17 --format json", _reported),
    "record-key-empty": ("record layout worker_a failure --key ''", nothing),
    "record-help": ("record --help", nothing),
    "record-fact": ("record layout peer_1 failure --fact preset=consensual", PRESET),
    "record-near-names": ("record layout criticc failure --phase exection --kind outrage", nothing),
    "record-usage": ("record layout worker_a success --kind task", nothing),
    "record-colon": ("record layout a:b failure", nothing),
    "state": ("state", _THREE),
    "state-json": ("state --format json", _THREE),
    "state-triad": ("state --triad motion", _THREE),
    "state-nothing": ("state", nothing),
    "state-nothing-json": ("state --format json", nothing),
    "state-taken-out": ("state", _TAKEN_OUT),
    "state-taken-out-json": ("state --format json", _TAKEN_OUT),
    "state-help": ("state --help", nothing),
    "state-lower": ("state lower layout worker_a --yes --reason 'new model'", _THREE),
    "state-lower-tier": ("state lower layout worker_a fast --yes", _THREE),
    "state-lower-json": ("state lower layout worker_a fast --yes --format json", _THREE),
    "state-lower-asked": ("state lower layout worker_a", _THREE),
    "state-lower-not-below": ("state lower layout worker_a reasoning --yes", _THREE),
    "state-lower-unknown": ("state lower layout worker_a fats --yes", _THREE),
    "state-lower-nothing": ("state lower layout worker_b --yes", _THREE),
    "state-policies-first": ("state --policies nowhere lower layout worker_a --yes", _THREE),
    "state-restore": ("state restore layout worker_a", _TAKEN_OUT),
    "state-restore-all": ("state restore", _TAKEN_OUT),
    "state-restore-json": ("state restore --format json", _TAKEN_OUT),
    "state-restore-nothing": ("state restore", _THREE),
    "state-restore-not-lost": ("state restore layout worker_a", _THREE),
    "state-restore-usage": ("state restore layout", _THREE),
    "state-import": (f"state import hosts/one.yaml hosts/two.yaml policies {_SHARED}", _hosts),
    "state-import-json": (f"state import hosts/one.yaml hosts/two.yaml {_SHARED} --format json", _hosts),
    "state-import-twice": (f"state import hosts/one.yaml hosts/two.yaml {_SHARED}", _imported),
    "state-import-ladder": (f"state import hosts/one.yaml hosts/longer.yaml {_SHARED}", _hosts),
    "state-import-bad": (f"state import hosts/one.yaml hosts/bad.yaml {_SHARED}", _hosts),
    "state-import-no-database": ("state import policies", nothing),
    "state-import-usage": (f"state import {_SHARED}", nothing),
    "state-import-missing": (f"state import nowhere {_SHARED}", nothing),
    "state-import-help": ("state import --help", nothing),
    "state-migrate-help": ("state migrate --help", nothing),
    "state-migrate-back": (f"state migrate --to 0001 {_SHARED}", _hosts),
    "state-migrate-unknown": (f"state migrate --to 0099 {_SHARED}", _hosts),
    "state-retention": (f"state retention {_SHARED}", _hosts),
    "state-retention-set": (f"state retention 90 {_SHARED}", _hosts),
    "state-retention-json": (f"state retention 90 {_SHARED} --format json", _hosts),
    "state-retention-usage": (f"state retention soon {_SHARED}", _hosts),
    "state-retention-help": ("state retention --help", nothing),
    "history": ("history", _THREE),
    "history-json": ("history --format json", _THREE),
    "history-taken-out": ("history --since 1d", _TAKEN_OUT),
    "history-triad": ("history --triad motion", _THREE),
    "history-nothing-json": ("history --format json", nothing),
    "history-since-far": ("history --since 9999999d", nothing),
    "history-since-usage": ("history --since yesterday", nothing),
    "history-jsonl": ("history --format jsonl", _THREE),
    "history-jsonl-triad": ("history --format jsonl --triad motion --since 1d", _THREE),
}
