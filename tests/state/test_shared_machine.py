"""A state, an in-memory model of it and a host that starts anew agree, whatever happens on three hosts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from resolver import Resolver
from resolver.domain import Decision, Subject
from tests.servers import clean
from tests.state.conftest import KINDS, Place, place_of, with_clusters
from tests.state.own import STATE
from tests.state.test_machine import LADDER, ROLES, Model, kinds, phases, subjects

HOSTS = 3
hosts = st.integers(0, HOSTS - 1)


class SharedMachine(RuleBasedStateMachine):
    """Failures, successes, restarts and people on several hosts, in any order."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=place.folder))
        self.place = replace(place, folder=self.folder)
        if place.owner:
            clean(place.owner)
        self.hosts: list[Resolver] = [self.place.open(host) for host in range(HOSTS)]
        self.model = Model()
        self.lowered: set[Subject] = set()
        """Subjects that people have lowered in the database, for which files do not count."""

    @initialize()
    def begin(self) -> None:
        self.old: dict[tuple[Subject, str | None], Decision] = {}

    @rule(subject=subjects, phase=phases, kind=kinds, stale=st.booleans(), host=hosts, times=st.integers(1, 4))
    def fail(self, subject: Subject, phase: str | None, kind: str | None, stale: bool, host: int, times: int) -> None:  # noqa: PLR0917  one draw each
        for _ in range(times):
            self.report(subject, phase, kind, stale, host, failed=True)
            host = (host + 1) % HOSTS

    @rule(subject=subjects, phase=phases, stale=st.booleans(), host=hosts)
    def succeed(self, subject: Subject, phase: str | None, stale: bool, host: int) -> None:
        self.report(subject, phase, None, stale, host, failed=False)

    def report(
        self, subject: Subject, phase: str | None, kind: str | None, stale: bool, host: int, *, failed: bool
    ) -> None:
        resolver = self.up_to_date(host)
        decision = resolver.resolve(subject.triad, subject.role, phase=phase)
        decision = self.old.setdefault((subject, phase), decision) if stale else decision
        named = {"phase": phase, "ran_on": decision}
        if failed:
            outcome = resolver.record_failure(subject.triad, subject.role, kind=kind, error="e", **named)  # type: ignore[arg-type]
        else:
            outcome = resolver.record_success(subject.triad, subject.role, **named)  # type: ignore[arg-type]
        assert outcome.effect == self.model.outcome(subject, phase, failed, kind, decision.tier)
        assert outcome.strikes == self.model.streaks.get(subject, (0, ""))[0]

    def up_to_date(self, host: int) -> Resolver:
        resolver = self.hosts[host]
        resolver._live.next_poll = 0
        resolver.escalations()
        return resolver

    @rule(host=hosts)
    def restart(self, host: int) -> None:
        self.hosts[host].close()
        self.hosts[host] = self.place.open(host)

    @rule(host=hosts)
    def reload(self, host: int) -> None:
        self.hosts[host].reload()

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data(), host=hosts)
    def lower(self, data: st.DataObject, host: int) -> None:
        subject = data.draw(st.sampled_from(sorted(self.model.entries)))
        entry = self.model.entries[subject]
        tier = data.draw(st.sampled_from([None, *LADDER[: LADDER.index(entry)]]))
        self.hosts[host].lower(subject.triad, subject.role, tier)
        self.lowered.add(subject)
        del self.model.entries[subject]
        if tier:
            self.model.entries[subject] = tier
        self.model.streaks.pop(subject, None)
        self.model.history.append(("lower", subject, entry, tier))

    @rule(subject=subjects, tier=st.sampled_from(LADDER))
    def person_writes(self, subject: Subject, tier: str) -> None:
        """An entry of the file counts if it is higher, until a person has lowered the subject in the database."""
        if not self.place.app:
            return  # the file is the truth there, which another machine looks at
        for host in range(HOSTS):
            file = self.place.policy(host) / STATE
            text = file.read_text(encoding="utf-8").replace("escalation_state: {}", "escalation_state:")
            lines = [line for line in text.splitlines() if f'"{subject}"' not in line]
            at = lines.index("  escalation_state:") + 1
            file.write_text("\n".join([*lines[:at], f'    "{subject}": {tier}', *lines[at:], ""]), encoding="utf-8")
            self.hosts[host].reload()
        entry = self.model.entries.get(subject)
        if subject not in self.lowered and (entry is None or LADDER.index(tier) > LADDER.index(entry)):
            self.model.streaks.pop(subject, None)
            self.model.entries[subject] = tier

    @invariant()
    def hosts_agree(self) -> None:
        with self.place.open(0) as opened:
            for resolver in (*self.hosts, opened):
                resolver._live.next_poll = 0
                assert resolver.escalations() == self.model.entries
                streaks = {s: (streak.strikes, streak.failed_tier) for s, streak in resolver.streaks().items()}
                assert streaks == self.model.streaks
                for role in (*ROLES, "nobody"):
                    for phase in (None, "execution"):
                        tier = self.model.tier(Subject("t", role), phase)
                        assert resolver.resolve("t", role, phase=phase).tier == tier
            events = [
                (str(e.what), e.subject, e.from_tier, e.to_tier)
                for e in opened.history()
                if e.what != "import"  # written by the host that was first, in its own time
            ]
            assert events == self.model.history

    def teardown(self) -> None:
        for resolver in self.hosts:
            resolver.close()
        shutil.rmtree(self.folder)


@pytest.mark.slow
@pytest.mark.parametrize("kind", with_clusters(KINDS))
def test_hosts_agree(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    place = place_of(kind, tmp_path, request.getfixturevalue)
    make: Callable[[], RuleBasedStateMachine] = lambda: SharedMachine(place)  # noqa: E731
    nightly = settings().max_examples >= 1_000
    run_state_machine_as_test(
        make,  # type: ignore[arg-type]  # it takes whatever makes a machine
        settings=settings(
            max_examples=settings().max_examples if nightly else 3,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
