"""A state machine that lets the agents of a policy fail, succeed and start again, and watches what must not happen."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from resolver.domain import Decision, EffectKind, Outcome, Subject, Text, Value
from resolver.facade import Resolver

Asked = tuple[Subject, str | None, tuple[tuple[str, Value], ...]]
"""A request: its subject, phase and extra facts."""
_UNLISTED = "a name that no policy has"


class PolicyMachine(RuleBasedStateMachine):
    """Histories of a policy: outcomes of all requests that it can tell apart, restarts, and people who lower an entry.

    Name the policy in a subclass, and add invariants of your own; `resolver` is the policy in its present state, in a
    copy that is thrown away, `outcomes` what has been reported so far, with what came of it, and `asked` every request
    that was ever made, with the highest rank of its tier since a person last lowered something.

        class MyPolicy(PolicyMachine):
            policy = Path("policies")

            @invariant()
            def code_is_always_cheap(self) -> None:
                assert self.resolver.resolve("layout", "code_execution").tier == "fast"

        TestMyPolicy = MyPolicy.TestCase

    What is checked of any policy: no sequence of outcomes lowers what a request gets; an outcome of work on a tier that
    is not in force is ignored; an escalation is in force when it is reported; a resolver that is opened anew agrees.
    """

    policy: ClassVar[Path]

    @initialize()
    def begin(self) -> None:
        """Copy the policy, open it, and ask it for every name that it lists."""
        self.folder = Path(tempfile.mkdtemp(prefix="resolver-"))
        self.path = self.folder / self.policy.resolve().name
        if self.policy.is_dir():
            shutil.copytree(self.policy, self.path, ignore=shutil.ignore_patterns(".resolver.*"))
        else:
            shutil.copyfile(self.policy, self.path)
        self.resolver = Resolver.open(self.path)
        self.outcomes: list[tuple[Asked, Outcome]] = []
        self.asked: dict[Asked, int] = {}
        self.old: dict[Asked, Decision] = {}

    @rule(data=st.data(), times=st.integers(1, 4), stale=st.booleans())
    def fail(self, data: st.DataObject, times: int, stale: bool) -> None:
        """Some failures of a request in a row, of one kind, perhaps of work that began long ago."""
        asked = self.draw(data)
        named = self.resolver.table.outcome.named("kind")
        kind = data.draw(st.sampled_from([None, *named, _UNLISTED]), label="kind")
        for _ in range(times):
            subject, phase, facts = asked
            ran_on = self.ask(asked, stale=stale)
            outcome = self.resolver.record_failure(
                subject.triad, subject.role, phase=phase, kind=kind, facts=dict(facts), ran_on=ran_on
            )
            self.reported(asked, outcome, ran_on)

    @rule(data=st.data(), stale=st.booleans())
    def succeed(self, data: st.DataObject, stale: bool) -> None:
        """A success of a request."""
        asked = self.draw(data)
        subject, phase, facts = asked
        ran_on = self.ask(asked, stale=stale)
        outcome = self.resolver.record_success(
            subject.triad, subject.role, phase=phase, facts=dict(facts), ran_on=ran_on
        )
        self.reported(asked, outcome, ran_on)

    @rule()
    def restart(self) -> None:
        """The application starts anew."""
        self.resolver.close()
        self.resolver = Resolver.open(self.path)

    @precondition(lambda self: self.resolver.escalations())
    @rule(data=st.data())
    def lower(self, data: st.DataObject) -> None:
        """A person takes an escalation back."""
        subject = data.draw(st.sampled_from(sorted(self.resolver.escalations())), label="subject")
        self.resolver.lower(subject.triad, subject.role, reason="a test")
        self.asked = {asked: rank for asked, rank in self.asked.items() if asked[0] != subject}

    @invariant()
    def nothing_is_lowered(self) -> None:
        """No request gets less than it ever got, but for what a person lowered."""
        for asked, rank in getattr(self, "asked", {}).items():
            decision = self._resolve(asked)
            assert self._rank(decision) >= rank, f"{asked} was lowered to {decision.tier}"

    @invariant()
    def a_new_resolver_agrees(self) -> None:
        """Whoever opens the policy now sees the same escalations and streaks."""
        if hasattr(self, "resolver"):
            with Resolver.open(self.path) as opened:
                assert opened.escalations() == self.resolver.escalations()
                assert opened.streaks() == self.resolver.streaks()

    def teardown(self) -> None:
        """Throw the copy away."""
        if hasattr(self, "resolver"):
            self.resolver.close()
            shutil.rmtree(self.folder)

    def draw(self, data: st.DataObject) -> Asked:
        """Draw a request by names that the policy tells apart, and one that it does not know."""
        table = self.resolver.table
        triads = {*table.tier.named("triad"), *table.outcome.named("triad"), _UNLISTED}
        roles = {*(role for role in table.rows if ":" not in role), *table.outcome.named("role"), _UNLISTED}
        tiers = table.policy.model_tiers
        phases = {*tiers.phase_overrides, *table.tier.named("phase"), *table.outcome.named("phase"), _UNLISTED}
        subject = Subject(
            data.draw(st.sampled_from(sorted(triads)), label="triad"),
            data.draw(st.sampled_from(sorted(roles)), label="role"),
        )
        phase = data.draw(st.sampled_from([None, *sorted(phases)]), label="phase")
        facts: dict[str, Value] = {}
        for name, fact in table.policy.facts.items():
            domain = fact.domain
            given: st.SearchStrategy[Value] = st.integers(-100, 100)
            if isinstance(domain, Text):
                given = st.sampled_from(domain.values)
            value = data.draw(st.none() | given, label=name)
            if value is not None:
                facts[name] = value
        return subject, phase, tuple(facts.items())

    def ask(self, asked: Asked, *, stale: bool) -> Decision:
        """Return what a request gets, or what it got when it was first made."""
        decision = self._resolve(asked)
        self.asked[asked] = max(self.asked.get(asked, 0), self._rank(decision))
        first = self.old.setdefault(asked, decision)
        return first if stale else decision

    def reported(self, asked: Asked, outcome: Outcome, ran_on: Decision) -> None:
        """Check what came of an outcome, and keep it."""
        if outcome.rule is None:
            assert outcome.effect is EffectKind.IGNORE
            assert ran_on.tier != self._resolve(asked).tier
        if outcome.escalation is not None:
            assert self.resolver.escalations()[asked[0]] == outcome.escalation.to_tier
            assert outcome.strikes == 0
        self.outcomes.append((asked, outcome))

    def _resolve(self, asked: Asked) -> Decision:
        subject, phase, facts = asked
        return self.resolver.resolve(subject.triad, subject.role, phase=phase, facts=dict(facts))

    def _rank(self, decision: Decision) -> int:
        return self.resolver.policy.model_tiers.ladder.rank(decision.tier)
