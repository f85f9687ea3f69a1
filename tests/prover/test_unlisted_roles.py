"""A role without a default is one warning; it counts the places, and suggests no role that is beside it already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from resolver.diagnostics import Diagnostic
from resolver.prover.unlisted_roles import unlisted_roles
from resolver.table import compile_table
from tests.small_policies import loaded, policy_data, rules

DEFAULT = "give it a default in `role_defaults`"
NEAR = "did you mean `critic`?"


def warning(folder: Path, roles: list[str] | None = None, **tables: Any) -> Diagnostic:
    """The only warning of a policy whose roles with a default are `critic` and `worker`."""
    condition = {"role": roles} if roles else {"$ex": {"role": 1}}
    policy = policy_data(rules(condition), role_defaults={"critic": "fast", "worker": "fast"}, **tables)
    [found] = unlisted_roles(compile_table(loaded(folder, policy)))
    return found


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (2, " (named in 1 more place)"), (4, " (named in 3 more places)")]
)
def test_the_message_counts_the_other_places(count: int, more: str, tmp_path: Path) -> None:
    phases = {f"p{at}": {"editor": "fast"} for at in range(count)}
    found = warning(tmp_path, phase_overrides=phases)
    assert found.message == f"this override is for the role `editor`, which has no default{more}"
    assert found.help == DEFAULT


@pytest.mark.parametrize(("neighbour", "help"), [("worker", NEAR), ("critic", DEFAULT)], ids=["free", "taken"])
@pytest.mark.parametrize("where", ["phase", "triad", "rule"])
def test_a_suggestion_is_not_in_the_same_phase_triad_or_list(
    where: str, neighbour: str, help: str, tmp_path: Path
) -> None:
    """Two entries of one role would be the mistake after the next."""
    names = ["critik", neighbour]
    found = {
        "phase": lambda: warning(tmp_path, phase_overrides={"p": dict.fromkeys(names, "fast")}),
        "triad": lambda: warning(tmp_path, escalation_state={f"t:{name}": "general" for name in names}),
        "rule": lambda: warning(tmp_path, names),
    }[where]()
    assert found.help == help
