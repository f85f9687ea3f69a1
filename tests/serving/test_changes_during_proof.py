"""Changes that happen while a policy is proven are in force once it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.serving import PolicyText, stamp_of
from resolver.state import file_store as file_module
from resolver.state.journal import Journal
from tests.processes import python
from tests.serving.held import ESCALATE, HeldProver, edit, opened, refused, rewrite
from tests.state.own import STATE, fail, own_policy, patience, settled, take_out


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(file_module, "_VIEW_SECONDS", 0.2)
    return own_policy(tmp_path)


def tiers(resolver: Resolver) -> list[str]:
    return [
        resolver.resolve("layout", role, phase=phase).tier
        for role in ("worker_a", "worker_b", "orchestrator", "code_execution", "nobody")
        for phase in (None, "execution", "planning")
    ]


def can_write(resolver: Resolver, policy: Path) -> bool:
    """Whether the file that holds the entries is the one in force, or was written by the program."""
    return not edited_by_hand(policy) or resolver._live.catch_up(PolicyText.read(policy / STATE))


def edited_by_hand(policy: Path) -> bool:
    written = Journal(policy / ".resolver.db").looked()[1]
    return written != str(stamp_of(policy / STATE))


def escalate_here(resolver: Resolver, policy: Path) -> None:
    fail(resolver, times=2)
    if can_write(resolver, policy):
        assert fail(resolver)[0].effect == "escalate"
    else:
        refused(resolver)


def escalate_elsewhere(_resolver: Resolver, policy: Path) -> None:
    assert python(ESCALATE, str(policy)).returncode == 0


def escalate_both(resolver: Resolver, policy: Path) -> None:
    escalate_elsewhere(resolver, policy)
    escalate_here(resolver, policy)
    assert resolver.resolve("layout", "worker_b").tier == "reasoning", "a report sees what others have learned"


def lower_here(resolver: Resolver, policy: Path) -> None:
    if can_write(resolver, policy):
        resolver.lower("known", "worker_a")
    else:
        with patience(0.8), pytest.raises(ResolverError, match="has not been proven yet"):
            resolver.lower("known", "worker_a")


def raise_by_hand(_resolver: Resolver, policy: Path) -> None:
    edit(policy / STATE, "escalation_state:\n", 'escalation_state:\n    "layout:nobody": reasoning\n')


def take_out_by_hand(_resolver: Resolver, policy: Path) -> None:
    take_out(policy, "known:worker_a")


def edit_and_escalate(resolver: Resolver, policy: Path) -> None:
    """The entry would go into a file that says something which is not even loaded yet."""
    edit(policy / STATE, "worker_b: general", "worker_b: reasoning")
    escalate_here(resolver, policy)


def change_again(_resolver: Resolver, policy: Path) -> None:
    edit(policy / STATE, "orchestrator: general", "orchestrator: fast")


def take_back(_resolver: Resolver, policy: Path) -> None:
    edit(policy / STATE, "orchestrator: general", "orchestrator: reasoning")


MEANWHILE = [escalate_here, escalate_elsewhere, escalate_both, lower_here, raise_by_hand, take_out_by_hand,
             edit_and_escalate, change_again, take_back]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("happens", MEANWHILE, ids=lambda each: each.__name__)
@pytest.mark.parametrize("of", ["the entries' file", "another file"])
def test_what_happens_meanwhile_is_in_force_afterwards(happens: Callable[..., None], of: str, policy: Path) -> None:
    """Whatever is learned, written or edited while a policy is proven, in the end all is as if it were opened anew."""
    prover = HeldProver()
    with opened(policy, prover) as resolver:
        fail(resolver, times=3, triad="known")
        settled(resolver)
        rewrite(policy)
        if of == "another file":
            settled(resolver)
            edit(policy / "precedence.yaml", "tier: general", "tier: reasoning")
        with prover.held(resolver):
            happens(resolver, policy)
        with Resolver.open(policy) as fresh:
            assert tiers(resolver) == tiers(fresh)
            assert resolver.policy.revision == fresh.policy.revision
            states = [
                (each.escalations(), each.streaks(), each.removed_entries().keys(), each.history())
                for each in (resolver, fresh)
            ]
            assert states[0] == states[1]
            assert resolver.table.policy.model_tiers.escalation_state == fresh.escalations()
            assert ("known:worker_a" in {str(subject) for subject in fresh.removed_entries()}) == (
                happens is take_out_by_hand
            )
