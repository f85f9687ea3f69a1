"""Golden cases of `diff`, each a command line and a change of the policy."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from resolver.loader import shipped_policy
from tests.cli.policy_changes import (
    ESCALATED,
    FASTER,
    OPTIONS,
    PRESET,
    SINGLE,
    TRIAD,
    TYPOS,
    copied,
    edit,
    in_turn,
    nothing,
)

_SLOWER = edit("model_tiers.yaml", "worker_a: general", "worker_a: fast")


def _git(directory: Path, *arguments: str) -> None:
    who = ["-c", "user.name=an author", "-c", "user.email=author@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True)


def _commit(directory: Path) -> None:
    _git(directory, "add", "-A")
    _git(directory, "commit", "-q", "--allow-empty", "-m", "a change")


def _committed(change: Callable[[Path], None], *, again: bool = False, mended: bool = False) -> Callable[[Path], None]:
    """Commit the shipped policy and change it, and commit that too if wanted, or that and then the shipped one."""

    def run(directory: Path) -> None:
        _git(directory, "init", "-q")
        if not mended:
            _commit(directory)
        change(directory)
        if again:
            _commit(directory)
        if mended:
            shutil.rmtree(directory / "policies")
            shutil.copytree(shipped_policy(), directory / "policies")
            _commit(directory)

    return run


def _late(directory: Path) -> None:
    """The policy is younger than its repository."""
    _git(directory, "init", "-q")
    _git(directory, "commit", "-q", "--allow-empty", "-m", "nothing")
    _commit(directory)


_REWRITTEN = in_turn(
    edit("precedence.yaml", "- m: {$nex: {role_default: 1}}", "- m: {$ex: {role: 1}}"),
    edit("precedence.yaml", "    unlisted_role:", "    anybody_else:"),
    edit("precedence.yaml", "pri: 30", "pri: 33"),
    lambda directory: (directory / "policies" / "policy_test.yaml").unlink(),
)
_LOWER = in_turn(
    edit("model_tiers.yaml", "synthesizer: reasoning", "synthesizer: general"),
    edit("model_tiers.yaml", "worker_b: fast", "worker_b: reasoning"),
    edit("model_tiers.yaml", "cerebras: zai-glm-4.7", "cerebras: zai-glm-4.8"),
    edit(
        "three_strikes.yaml", "not_found, request, filtered, context]", "not_found, request, filtered, context, tool]"
    ),
)
_LADDER = in_turn(
    edit("model_tiers.yaml", "ladder: [fast, general, reasoning]", "ladder: [fast, general, careful, reasoning]"),
    edit("model_tiers.yaml", "    general:\n", "    careful: {providers: {groq: qwen/qwen3-32b}}\n    general:\n"),
    edit("model_tiers.yaml", "critic: general", "critic: careful"),
)
_NEW_FACT = in_turn(
    edit("precedence.yaml", "rulesets:\n", "facts: {preset: {values: [cheap, usual]}}\n\nrulesets:\n"),
    edit(
        "code_execution.yaml",
        "  tier:\n",
        "  tier:\n    cheap: {pri: 5, all: [{m: {$and: [{preset: cheap}, {role: critic}]}}], run: {tier: fast}}\n",
    ),
)
_OTHER_OPTIONS = in_turn(
    edit("model_tiers.yaml", "stop: [a, b]", "stop: [a, c]"),
    edit("model_tiers.yaml", "{groq: {base_url: 'http://localhost:8000/v1', options: {seed: 1}}}", "{groq: {api: x}}"),
)
_SETTINGS = in_turn(
    edit("model_tiers.yaml", "  role_defaults:\n", "  cool_down: 5\n  timeout: 20\n  role_defaults:\n"),
    edit("model_tiers.yaml", "options: {seed: 1}}}", "options: {seed: 1}, limits: none, api_key_env: KEY}}"),
)

CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "diff-help": ("diff --help", nothing),
    "diff-equivalent": ("diff HEAD", _committed(_REWRITTEN)),
    "diff-equivalent-markdown": ("diff HEAD --format markdown", _committed(_REWRITTEN)),
    "diff-raises": ("diff HEAD", _committed(FASTER)),
    "diff-lowers": ("diff HEAD", _committed(_LOWER)),
    "diff-lowers-json": ("diff HEAD --format json", _committed(_LOWER)),
    "diff-lowers-markdown": ("diff HEAD --format markdown", _committed(_LOWER)),
    "diff-lowers-github": ("diff HEAD --format github", _committed(_LOWER)),
    "diff-allow-lower": ("diff HEAD --allow-lower --format github", _committed(_LOWER)),
    "diff-outcomes": ("diff HEAD", _committed(edit("three_strikes.yaml", "{strikes: 3}", "{strikes: 5}"))),
    "diff-facts": ("diff HEAD", _committed(PRESET)),
    "diff-facts-json": ("diff HEAD --format json", _committed(_NEW_FACT)),
    "diff-facts-lower": ("diff HEAD", _committed(_NEW_FACT)),
    "diff-facts-github": ("diff HEAD --format github --allow-lower", _committed(_NEW_FACT)),
    "diff-facts-markdown": ("diff HEAD --format markdown", _committed(_NEW_FACT)),
    "diff-facts-gone": ("diff new old", in_turn(copied("old"), PRESET, copied("new"))),
    "diff-triad": ("diff old", in_turn(copied("old"), TRIAD, ESCALATED)),
    "diff-triad-left-out": ("diff old", in_turn(TRIAD, copied("old"), _SLOWER)),
    "diff-ladder": ("diff old", in_turn(copied("old"), _LADDER)),
    "diff-two-revisions": ("diff HEAD~1 HEAD", _committed(FASTER, again=True)),
    "diff-two-revisions-markdown": ("diff HEAD~1 HEAD --format markdown", _committed(FASTER, again=True)),
    "diff-options": ("diff old", in_turn(copied("old"), OPTIONS)),
    "diff-options-json": ("diff old --format json", in_turn(copied("old"), OPTIONS)),
    "diff-options-markdown": ("diff old --format markdown", in_turn(copied("old"), OPTIONS)),
    "diff-options-changed": ("diff old", in_turn(OPTIONS, copied("old"), _OTHER_OPTIONS)),
    "diff-settings": ("diff old", in_turn(OPTIONS, copied("old"), _SETTINGS)),
    "diff-settings-json": ("diff old --format json", in_turn(OPTIONS, copied("old"), _SETTINGS)),
    "diff-single-file": ("diff policies app.yaml", SINGLE),
    "diff-unknown-revision": ("diff mian", _committed(nothing)),
    "diff-no-repository": ("diff main", nothing),
    "diff-missing": ("diff HEAD nowhere.yaml", _committed(nothing)),
    "diff-not-there-then": ("diff HEAD~1 --policies policies", _late),
    "diff-allow-new": ("diff HEAD~1 --allow-new", _late),
    "diff-allow-new-json": ("diff HEAD~1 --allow-new --format json", _late),
    "diff-allow-new-markdown": ("diff HEAD~1 --allow-new --format markdown", _late),
    "diff-allow-new-github": ("diff HEAD~1 HEAD --allow-new --format github", _late),
    "diff-allow-new-no-commit": ("diff HEAD --allow-new", lambda directory: _git(directory, "init", "-q")),
    "diff-allow-new-unknown-revision": ("diff mian --allow-new", _committed(nothing)),
    "diff-allow-new-broken": ("diff HEAD~1 --allow-new", in_turn(_late, TYPOS)),
    "diff-allow-new-old": ("diff HEAD --allow-new", _committed(FASTER)),
    "diff-broken-new": ("diff HEAD", _committed(TYPOS)),
    "diff-broken-old": ("diff HEAD~1 HEAD", _committed(TYPOS, again=True, mended=True)),
    "diff-broken-old-json": ("diff HEAD~1 HEAD --format json", _committed(TYPOS, again=True, mended=True)),
}
