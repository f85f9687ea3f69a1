"""Golden cases of `resolve`, `explain` and `table`, each a command line and a change of the policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.policy_changes import ESCALATED, OPTIONS, PLANS, PRESET, TRIAD, TYPOS, nothing

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "resolve-help": ("resolve --help", nothing),
    "resolve-default": ("resolve layout worker_a", nothing),
    "resolve-phase": ("resolve layout worker_a --phase execution", nothing),
    "resolve-json": ("resolve layout worker_a --phase execution --format json", nothing),
    "resolve-escalated": ("resolve layout worker_a --phase execution", ESCALATED),
    "resolve-unlisted": ("resolve layout worker_c --phase executing", nothing),
    "resolve-colon": ("resolve layout a:b", nothing),
    "resolve-fact": ("resolve layout peer_1 --fact preset=consensus --fact budget=12", PRESET),
    "resolve-unknown-fact": ("resolve layout peer_1 --fact preste=consensus", PRESET),
    "resolve-unknown-value": ("resolve layout peer_1 --fact preset=consensual", PRESET),
    "resolve-not-a-number": ("resolve layout peer_1 --fact budget=much", PRESET),
    "resolve-fact-usage": ("resolve layout peer_1 --fact preset", nothing),
    "resolve-bad-policy": ("resolve layout worker_a", TYPOS),
    "resolve-bad-policy-json": ("resolve layout worker_a --format json", TYPOS),
    "resolve-usage": ("resolve layout", nothing),
    "explain-phase": ("explain layout worker_a --phase execution", nothing),
    "explain-leap": ("explain layout critic", PLANS),
    "explain-leap-json": ("explain layout critic --format json", PLANS),
    "explain-escalated": ("explain layout worker_a --phase execution", ESCALATED),
    "explain-pinned": ("explain layout code_execution --phase execution", nothing),
    "explain-facts": ("explain layout peer_1 --fact preset=consensus", PRESET),
    "explain-unlisted": ("explain layout worker_c", nothing),
    "explain-json": ("explain layout worker_a --format json", nothing),
    "resolve-options-json": ("resolve layout worker_a --format json", OPTIONS),
    "explain-options": ("explain layout worker_a", OPTIONS),
    "explain-options-json": ("explain layout worker_a --format json", OPTIONS),
    "table": ("table", nothing),
    "table-role": ("table --role worker_a --phase execution", nothing),
    "table-unlisted": ("table --role nobody", nothing),
    "table-near-names": ("table --role criticc --phase exection", nothing),
    "table-triads": ("table", TRIAD),
    "table-escalated": ("table --role worker_a", ESCALATED),
    "table-facts": ("table --role worker_a --fact preset=consensus --fact budget=10", PRESET),
    "table-some-facts": ("table --role worker_a --fact budget=10", PRESET),
    "table-fact-unknown": ("table --fact preset=consensual", PRESET),
    "table-facts-json": ("table --role peer_1 --fact preset=consensus --fact budget=10 --format json", PRESET),
    "table-json": ("table --role worker_a --format json", nothing),
}
