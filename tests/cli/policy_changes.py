"""Changes that a case makes to its copy of the shipped policy before its command runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from resolver import Resolver


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        path = directory / "policies" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def nothing(_directory: Path) -> None:
    pass


PRESET = edit(
    "precedence.yaml",
    "rulesets:\n  tier:\n",
    """facts:
  preset:
    values: [hierarchical, dialectic, consensus]
    description: How the triad works together.
  budget:
    integer: true

rulesets:
  tier:
    consensus_thinks:
      pri: 15
      all:
        - m: {$and: [{preset: consensus}, {$gte: {budget: 10}}]}
      run: {tier: reasoning}

""",
)
TRIAD = edit(
    "precedence.yaml",
    "rulesets:\n  tier:\n",
    """rulesets:
  tier:
    layout_is_dear:
      pri: 15
      all: [{m: {triad: layout}}]
      run: {tier: reasoning}
""",
)
ESCALATED = edit("model_tiers.yaml", "escalation_state: {}", 'escalation_state: {"layout:worker_a": reasoning}')
TYPOS = edit("precedence.yaml", "$ex: {escalated_tier: 1}", "$ex: {escalatd_tier: 1}")
FASTER = edit("model_tiers.yaml", "worker_b: fast", "worker_b: general")


def write(file: str, text: str, folder: str = "policies") -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        (directory / folder / file).write_text(text, encoding="utf-8")

    return change


def in_turn(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        for one in changes:
            one(directory)

    return change


PLANS = in_turn(
    edit("model_tiers.yaml", "    critic: general\n", "    critic: fast\n"),
    edit("model_tiers.yaml", "  phase_overrides:\n", "  phase_overrides:\n    planning: {critic: reasoning}\n"),
)
SINGLE = in_turn(
    write("app.yaml", "name: app\nconfig: {model_tiers: {role_defaults: {worker_a: reasoning}}}\n", "."),
    write("app_test.yaml", "tests: {workers reason: {role: [worker_a, worker_b], expect: reasoning}}\n", "."),
)


def without(file: str) -> Callable[[Path], None]:
    return lambda directory: (directory / file).unlink()


def copied(name: str) -> Callable[[Path], None]:
    return lambda directory: (shutil.copytree(directory / "policies", directory / name), None)[1]


def learned(*triples: tuple[str, int], taken_out: bool = False) -> Callable[[Path], None]:
    """Let roles of the triad `layout` fail a number of times, and take the entries out by hand if wanted."""

    def change(directory: Path) -> None:
        state = directory / "policies" / "model_tiers.yaml"
        text = state.read_bytes()
        with Resolver.open(directory / "policies") as resolver:
            for role, times in triples:
                for _ in range(times):
                    resolver.record_failure("layout", role, phase="execution", kind="task", error="no plan")
            if taken_out:
                state.write_bytes(text)

    return change


OPTIONS = in_turn(
    edit(
        "model_tiers.yaml",
        "cerebras: llama-3.3-70b",
        "cerebras: {id: llama-3.3-70b, reasoning_effort: high, extra_body: {stop: [a, b]}, user: 'a, b: c', top_k: 1}",
    ),
    edit(
        "model_tiers.yaml",
        "  role_defaults:\n",
        "  providers: {groq: {base_url: 'http://localhost:8000/v1', options: {seed: 1}}}\n  role_defaults:\n",
    ),
)
