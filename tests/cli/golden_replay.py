"""Golden cases of `replay`, each a command line and a change of the policy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from resolver import Resolver
from resolver.loader import shipped_policy
from tests.cli.policy_changes import FASTER, TYPOS, edit, in_turn, learned, nothing


def _events(*results: str) -> Callable[[Path], None]:
    """Write a file of outcomes of one subject; a result that is none is written as the line itself."""

    def change(directory: Path) -> None:
        lines = [
            result if result == "{" else f'{{"triad": "layout", "role": "worker_a", "result": "{result}"}}'
            for result in results
        ]
        (directory / "events.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    return change


def _decisions(*lines: str, mixed: bool = False) -> Callable[[Path], None]:
    """Write a file of logged decisions: role, phase, entry (`?` is not said), tier, and how many were dropped before.

    A line that is JSON is written as it is; `mixed` has three failures of one subject before them.
    """

    def change(directory: Path) -> None:
        found = ['{"triad": "layout", "role": "worker_a", "result": "failure"}'] * 3 * mixed
        for at, line in enumerate(lines):
            if line.startswith("{"):
                found.append(line)
                continue
            role, phase, entry, tier, *dropped = [None if word == "-" else word for word in line.split()]
            found.append(
                json.dumps(
                    {
                        "time": f"2026-01-01T00:00:{at % 60:02}.5+00:00",
                        "event": "decision",
                        "triad": "layout",
                        "role": role,
                        "phase": phase,
                        "facts": {"preset": "consensus"},
                        "tier": tier,
                        "rule": "role_default",
                        "revision": "3a69f916017587a4",
                        "state_revision": None,
                        **({} if entry == "?" else {"entry": entry}),
                        **({"dropped": int(dropped[0] or 0)} if dropped else {}),
                    }
                )
            )
        (directory / "events.jsonl").write_text("".join(f"{line}\n" for line in found), encoding="utf-8")

    return change


_LOGGED = _decisions(
    *["worker_b execution - fast"] * 3,
    "worker_a execution - fast",
    "worker_a execution reasoning reasoning",
    "worker_a - ? reasoning",
    "worker_b planning - general 40",
    "nobody - gone careful 2",
    "worker_b execution fast general",
)


def _recorded(directory: Path) -> None:
    """A history is exported, and a policy that would have escalated sooner lies beside the one that did it."""
    learned(("worker_a", 4), ("code_execution", 3), ("peer_1", 2))(directory)
    with Resolver.open(directory / "policies") as resolver:
        (directory / "events.jsonl").write_text("".join(f"{line}\n" for line in resolver.outcomes()), encoding="utf-8")
    shutil.copytree(shipped_policy(), directory / "sooner")
    rules = directory / "sooner" / "three_strikes.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("{strikes: 3}", "{strikes: 2}"), encoding="utf-8")


_RECORDED = _recorded

_WORKERS_PLAN = in_turn(
    edit("model_tiers.yaml", "    worker_a: general\n", "    worker_a: fast\n"),
    edit("model_tiers.yaml", "  phase_overrides:\n", "  phase_overrides:\n    planning: {worker_a: reasoning}\n"),
)

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "replay-help": ("replay --help", nothing),
    "replay": ("replay events.jsonl", _RECORDED),
    "replay-json": ("replay events.jsonl --format json --policies sooner", _RECORDED),
    "replay-sooner": ("replay events.jsonl --policies sooner", _RECORDED),
    "replay-outcomes-alone": ("replay events.jsonl", _events(*["failure"] * 3, "success")),
    "replay-nothing": ("replay events.jsonl", _events()),
    "replay-leap": ("replay events.jsonl", in_turn(_events(*["failure"] * 3), _WORKERS_PLAN)),
    "replay-not-json": ("replay events.jsonl", _events("failure", "{")),
    "replay-not-json-json": ("replay events.jsonl --format json", _events("failure", "{")),
    "replay-keep-going": ("replay events.jsonl --keep-going", _events("failure", "{", "failure", "fialure", "failure")),
    "replay-decisions": ("replay events.jsonl", in_turn(_LOGGED, FASTER)),
    "replay-decisions-json": ("replay events.jsonl --format json", in_turn(_LOGGED, FASTER)),
    "replay-decisions-same": ("replay events.jsonl", _decisions("worker_b execution - fast", "worker_a - - general")),
    "replay-decisions-many": ("replay events.jsonl", _decisions(*[f"worker_{at} - - fast" for at in range(40)])),
    "replay-mixed": (
        "replay events.jsonl",
        _decisions("worker_b execution - general", "worker_a - fast fast", mixed=True),
    ),
    "replay-decisions-bad": ("replay events.jsonl", _decisions("worker_b - - fast", '{"event": "decided"}')),
    "replay-decisions-keep-going": (
        "replay events.jsonl --keep-going",
        _decisions("worker_b - - fast", '{"event": "decision", "triad": "t", "role": "r"}', "worker_b - - general"),
    ),
    "replay-missing": ("replay nowhere.jsonl", nothing),
    "replay-directory": ("replay policies", nothing),
    "replay-bad-policy": ("replay events.jsonl", in_turn(_events("failure"), TYPOS)),
}
