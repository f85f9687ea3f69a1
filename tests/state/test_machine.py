"""The file store, an in-memory model of it and a store that is opened anew agree, whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ruamel.yaml import YAML

from resolver import Resolver
from resolver.domain import Decision, Subject
from tests.state.own import STATE, own_policy, settled

LADDER = ["fast", "general", "reasoning"]
ROLES = {"worker_a": "general", "worker_b": "general", "orchestrator": "reasoning", "code_execution": "fast"}
PHASES = {"execution": {"worker_a": "fast", "worker_b": "fast"}}
IGNORED = {"capacity", "outage", "auth", "not_found", "request"}

subjects = st.builds(Subject, st.sampled_from(["t", ""]), st.sampled_from([*ROLES, "nobody"]))
phases = st.sampled_from([None, "", "execution", "planning"])
kinds = st.sampled_from([None, "task", "capacity", "mine", "auth"])


class Model:
    """What design calls for, in a few lines: entries, streaks (strikes, highest failed tier) and history."""

    def __init__(self) -> None:
        self.entries: dict[Subject, str] = {}
        self.streaks: dict[Subject, tuple[int, str]] = {}
        self.history: list[tuple[str, Subject, str | None, str | None]] = []
        self.lost: dict[Subject, str] = {}
        self.looked = False

    def edited(self, subject: Subject, before: str | None, after: str | None) -> None:
        """A person changed an entry, which is noticed once the store has looked at the file."""
        if not self.looked or before == after:
            return
        self.history.append(("edited" if after else "removed", subject, before, after))
        owed = self.lost.pop(subject, before)
        if owed and (after is None or LADDER.index(after) < LADDER.index(owed)):
            self.lost[subject] = owed

    def tier(self, subject: Subject, phase: str | None) -> str:
        if subject.role == "code_execution":
            return "fast"
        override = PHASES.get(phase or "", {}).get(subject.role)
        return self.entries.get(subject) or override or ROLES.get(subject.role, "general")

    def outcome(self, subject: Subject, phase: str | None, failed: bool, kind: str | None, ran_on: str) -> str:
        tier = self.tier(subject, phase)
        if ran_on != tier or (failed and kind in IGNORED):
            return "ignore"
        if not failed:
            self.streaks.pop(subject, None)
            return "reset"
        strikes, highest = self.streaks.pop(subject, (0, tier))
        highest = max(highest, tier, key=LADDER.index)
        if strikes < 2:
            self.streaks[subject] = strikes + 1, highest
            return "count"
        default = "fast" if subject.role == "code_execution" else ROLES.get(subject.role, "general")
        raised = max(LADDER[min(2, LADDER.index(highest) + 1)], default, key=LADDER.index)
        entry = self.entries.get(subject)
        pinned = entry is not None and LADDER.index(raised) <= LADDER.index(entry)
        if subject.role == "code_execution" or tier == "reasoning" or pinned:
            self.history.append(("hold", subject, tier, None))
            return "hold"
        self.entries[subject] = raised
        self.history.append(("escalate", subject, tier, raised))
        self.lost.pop(subject, None)
        return "escalate"


class StoreMachine(RuleBasedStateMachine):
    """Failures, successes, restarts and people, in any order."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = own_policy(self.folder)
        self.resolver = Resolver.open(self.path)
        self.other = Resolver.open(self.path)
        self.model = Model()
        self.old: dict[tuple[Subject, str | None], Decision] = {}

    @rule(subject=subjects, phase=phases, kind=kinds, stale=st.booleans(), other=st.booleans(), times=st.integers(1, 4))
    def fail(self, subject: Subject, phase: str | None, kind: str | None, stale: bool, other: bool, times: int) -> None:  # noqa: PLR0917  one draw each
        for _ in range(times):
            self.report(subject, phase, kind, stale, other, failed=True)

    @rule(subject=subjects, phase=phases, stale=st.booleans())
    def succeed(self, subject: Subject, phase: str | None, stale: bool) -> None:
        self.report(subject, phase, None, stale, False, failed=False)

    def report(
        self, subject: Subject, phase: str | None, kind: str | None, stale: bool, other: bool, *, failed: bool
    ) -> None:
        resolver = self.other if other else self.resolver
        settled(resolver)
        decision = resolver.resolve(subject.triad, subject.role, phase=phase)
        decision = self.old.setdefault((subject, phase), decision) if stale else decision
        named = {"phase": phase, "ran_on": decision}
        if failed:
            outcome = resolver.record_failure(subject.triad, subject.role, kind=kind, error="e", **named)  # type: ignore[arg-type]
        else:
            outcome = resolver.record_success(subject.triad, subject.role, **named)  # type: ignore[arg-type]
        self.model.looked = True
        assert outcome.effect == self.model.outcome(subject, phase, failed, kind, decision.tier)
        assert outcome.strikes == self.model.streaks.get(subject, (0, ""))[0]

    @rule()
    def restart(self) -> None:
        self.resolver.close()
        self.resolver = Resolver.open(self.path)

    @rule()
    def reload(self) -> None:
        self.other.reload()

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data())
    def lower(self, data: st.DataObject) -> None:
        subject = data.draw(st.sampled_from(sorted(self.model.entries)))
        entry = self.model.entries[subject]
        tier = data.draw(st.sampled_from([None, *LADDER[: LADDER.index(entry)]]))
        self.resolver.lower(subject.triad, subject.role, tier)
        self.model.looked = True
        del self.model.entries[subject]
        if tier:
            self.model.entries[subject] = tier
        self.model.streaks.pop(subject, None)
        self.model.lost.pop(subject, None)  # what came back by hand and was lowered is not lost
        self.model.history.append(("lower", subject, entry, tier))

    @rule(subject=subjects, tier=st.sampled_from(LADDER))
    def person_writes(self, subject: Subject, tier: str) -> None:
        self.edit(subject, tier)

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data())
    def person_takes_out(self, data: st.DataObject) -> None:
        subject = data.draw(st.sampled_from(sorted(self.model.entries)))
        self.edit(subject, None)
        self.resolver.removed_entries()

    def edit(self, subject: Subject, tier: str | None) -> None:
        """What an editor does that writes the whole file anew."""
        state = self.path / STATE
        reader = YAML()
        data = reader.load(state)
        entries = data["model_tiers"]["escalation_state"]
        entry = self.model.entries.get(subject)
        if tier is None:
            del entries[str(subject)]
            del self.model.entries[subject]
        else:
            entries[str(subject)] = self.model.entries[subject] = tier
        with state.open("w") as file:
            reader.dump(data, file)
        self.model.edited(subject, entry, tier)
        before = self.model.streaks.pop(subject, None)
        if before and self.resolver.streaks().get(subject):  # the entry is the same as before
            self.model.streaks[subject] = before

    @precondition(lambda self: self.model.lost)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        subject = data.draw(st.sampled_from(sorted(self.model.lost)))
        tier = self.resolver.restore(subject.triad, subject.role)
        assert tier == self.model.lost.pop(subject)
        entry = self.model.entries.get(subject)
        self.model.entries[subject] = tier
        self.model.streaks.pop(subject, None)
        self.model.history.append(("restore", subject, entry, tier))

    @invariant()
    def stores_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        with Resolver.open(self.path) as opened:
            for resolver in (self.resolver, self.other, opened):
                settled(resolver)
                assert resolver.escalations() == self.model.entries
                streaks = {s: (streak.strikes, streak.failed_tier) for s, streak in resolver.streaks().items()}
                assert streaks == self.model.streaks
                events = [(str(e.what), e.subject, e.from_tier, e.to_tier) for e in resolver.history()]
                assert events == self.model.history
                assert {s: event.from_tier for s, event in resolver.removed_entries().items()} == self.model.lost
                for role in (*ROLES, "nobody"):
                    for phase in (None, "execution"):
                        assert resolver.resolve("t", role, phase=phase).tier == self.model.tier(
                            Subject("t", role), phase
                        )

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.resolver.close()
            self.other.close()
            shutil.rmtree(self.folder)


NIGHTLY = settings().max_examples >= 1_000
StoreMachine.TestCase.settings = settings(
    max_examples=500 if NIGHTLY else 10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStore = pytest.mark.slow(StoreMachine.TestCase)
