"""Golden cases of commands for authors and of `--help`, each a command line and a change of the policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.policy_changes import ESCALATED, PRESET, TYPOS, edit, in_turn, nothing

_KEY = edit("model_tiers.yaml", "groq: openai/gpt-oss-120b", "groq: {id: openai/gpt-oss-120b, api_key: gsk_hidden}")
_TAB = edit("precedence.yaml", "      pri: 20\n", "      pri: 20\t# high\n")
_LINTS = in_turn(
    edit("model_tiers.yaml", " # resolver: ignore[same-model]", ""),
    edit("model_tiers.yaml", "worker_b: fast", "worker_b: fast # resolver: ignore[no-efect]"),
    edit("three_strikes.yaml", "      because: A failure counts.\n", ""),
)
_SEVERAL = in_turn(
    TYPOS,
    edit("model_tiers.yaml", "worker_b: fast", "worker_b: nothing_like_it"),
    edit("three_strikes.yaml", "{$gte: {strikes: 3}}]}\n      run: {e", "{strikes: '>= 3'}]}\n      run: {e"),
    edit("three_strikes.yaml", "      pri: 50\n", "      pri: 60\n"),
)
_UNLISTED = edit("model_tiers.yaml", "worker_b: fast", "worker_bb: fast")


def _NOT_TEXT(directory: Path) -> None:
    (directory / "policies" / "extra.yaml").write_bytes(b"facts: {}\xff\n")


CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "help": ("--help", nothing),
    "check-clean": ("check", nothing),
    "check-bad": ("check", TYPOS),
    "check-bad-json": ("check --format json", TYPOS),
    "check-bad-github": ("check --format github", TYPOS),
    "check-key": ("check", _KEY),
    "check-key-json": ("check --format json", _KEY),
    "check-key-github": ("check --format github", _KEY),
    "check-warning": ("check", _TAB),
    "check-warning-strict": ("check --strict", _TAB),
    "check-lints": ("check --strict", _LINTS),
    "check-lints-json": ("check --strict --format json", _LINTS),
    "check-lints-github": ("check --strict --format github", _LINTS),
    "check-lints-unasked": ("check", _LINTS),
    "check-clean-strict": ("check --strict", nothing),
    "check-warning-github": ("check --format github", _TAB),
    "check-clean-json": ("check --format json", nothing),
    "check-help": ("check --help", nothing),
    "check-fix": ("check --fix", _SEVERAL),
    "check-fix-json": ("check --fix --format json", _SEVERAL),
    "check-fix-github": ("check --fix --format github", _SEVERAL),
    "check-fix-clean": ("check --fix", nothing),
    "check-fix-strict": ("check --fix --strict", _LINTS),
    "check-fix-safe": ("check --fix", _UNLISTED),
    "check-fix-unsafe": ("check --fix --unsafe --yes", _UNLISTED),
    "check-fix-key": ("check --fix", in_turn(_KEY, edit("model_tiers.yaml", "critic: general", "critic: genral"))),
    "check-fix-usage": ("check --unsafe", nothing),
    "check-fix-not-text": ("check --fix", _NOT_TEXT),
    "check-explain": ("check --explain lowers", nothing),
    "check-explain-typo": ("check --explain lower", nothing),
    "check-path": ("check policies", nothing),
    "check-path-of-a-file": ("check policies/precedence.yaml --strict", nothing),
    "check-path-twice": ("check policies --policies policies", nothing),
    "check-path-missing": ("check nowhere", nothing),
    "check-missing": ("check --policies nowhere", nothing),
    "watch-help": ("watch --help", nothing),
    "watch-missing": ("watch --policies nowhere", nothing),
    "schema-test-usage": ("schema tests", nothing),
    "init": ("init mine/policies", nothing),
    "init-not-empty": ("init policies", nothing),
    "init-default": ("init", nothing),
    "init-help": ("init --help", nothing),
    "init-own": ("init mine --tiers nano,small,large --roles 'writer:small, judge:large' --providers openai", nothing),
    "init-own-no-roles": ("init mine --tiers nano,small", nothing),
    "init-own-no-tiers": ("init mine --roles writer:small", nothing),
    "init-own-no-tier-of-role": ("init mine --tiers nano,small --roles writer", nothing),
    "init-own-unknown-tier": ("init mine --tiers nano,small --roles writer:smal", nothing),
    "init-own-one-tier": ("init mine --tiers nano --roles writer:nano", nothing),
    "init-own-twice": ("init mine --tiers nano,small,nano --roles writer:nano", nothing),
    "init-own-repeated": (
        "init mine --tiers nano --tiers small --roles writer:nano --roles judge:small --providers openai",
        nothing,
    ),
    "init-own-colon": ("init mine --tiers nano,small --roles 'writer:nano judge:small'", nothing),
    "init-own-pattern": ("init mine --tiers nano,small --roles 'peer_*:nano'", nothing),
    "init-spaces": ("init 'my policy'", nothing),
    "init-file": ("init policies/model_tiers.yaml", nothing),
    "init-own-empty": ("init mine --tiers nano,,small --roles writer:nano", nothing),
    "rename-help": ("rename --help", nothing),
    "rename-role": ("rename role worker_a builder --yes", ESCALATED),
    "rename-role-not-agreed": ("rename role critic judge", nothing),
    "rename-phase-json": ("rename phase execution building --yes --format json", nothing),
    "rename-fact": ("rename fact preset mode --yes", PRESET),
    "rename-rule": ("rename rule three_strikes patience --yes", ESCALATED),
    "rename-ruleset": ("rename role worker_a builder --ruleset tier --yes", nothing),
    "rename-taken": ("rename role worker_a critic --yes", nothing),
    "rename-typo": ("rename role worker_aa builder --yes", nothing),
    "rename-built-in": ("rename fact strikes failures --yes", nothing),
    "rename-bad-policy": ("rename role worker_a builder --yes", TYPOS),
}
