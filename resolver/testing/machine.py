"""A state machine in which the agents of a policy fail, succeed and restart, with checks that hold for every policy."""

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
    """Generates histories of a policy: outcomes of all requests that it tells apart, restarts, and lowered entries.

    Set `policy` in a subclass, and add invariants of your own. They can use:

    - `resolver`: a Resolver of the policy in its present state. It works on a copy that is deleted at the end.
    - `outcomes`: every request whose success or failure was reported, with its outcome.
    - `asked`: every request that was made, with the highest rank of a tier that it got. When a person lowers an entry,
      the requests of that subject are removed.

    For example::

        class MyPolicy(PolicyMachine):
            policy = Path("policies")

            @invariant()
            def code_is_always_cheap(self) -> None:
                assert self.resolver.resolve("layout", "code_execution").tier == "fast"

        TestMyPolicy = MyPolicy.TestCase

    The machine checks of every policy:

    - No sequence of outcomes lowers the tier that a request gets.
    - Only an outcome of work on a tier that is not in force has no rule, and it is ignored.
    - An escalation is in force when it is reported.
    - A second resolver that opens the same policy has the same escalations and streaks.
    """

    policy: ClassVar[Path]

    @initialize()
    def begin(self) -> None:
        """Copy the policy and open the copy."""
        self.folder = Path(tempfile.mkdtemp(prefix="resolver-"))
        self.path = self.folder / self.policy.resolve().name
        if self.policy.is_dir():
            shutil.copytree(self.policy, self.path, ignore=shutil.ignore_patterns(".resolver.*"))
        else:
            shutil.copyfile(self.policy, self.path)
        self.resolver = self.opened()
        self.outcomes: list[tuple[Asked, Outcome]] = []
        self.asked: dict[Asked, int] = {}
        self.old: dict[Asked, Decision] = {}

    @rule(data=st.data(), times=st.integers(1, 4), stale=st.booleans())
    def fail(self, data: st.DataObject, times: int, stale: bool) -> None:
        """Report failures of one request in a row, of one kind. `stale`: the work ran on the tier that it first got."""
        request = self.draw(data)
        named = self.resolver.table.outcome.named("kind")
        kind = data.draw(st.sampled_from([None, *named, _UNLISTED]), label="kind")
        for _ in range(times):
            subject, phase, facts = request
            ran_on = self.ask(request, stale=stale)
            outcome = self.resolver.record_failure(
                subject.triad, subject.role, phase=phase, kind=kind, facts=dict(facts), ran_on=ran_on
            )
            self.reported(request, outcome, ran_on)

    @rule(data=st.data(), stale=st.booleans())
    def succeed(self, data: st.DataObject, stale: bool) -> None:
        """Report a success of a request. `stale`: the work ran on the tier that it first got."""
        request = self.draw(data)
        subject, phase, facts = request
        ran_on = self.ask(request, stale=stale)
        outcome = self.resolver.record_success(
            subject.triad, subject.role, phase=phase, facts=dict(facts), ran_on=ran_on
        )
        self.reported(request, outcome, ran_on)

    @rule()
    def restart(self) -> None:
        """Restart the application."""
        self.resolver.close()
        self.resolver = self.opened()

    @precondition(lambda self: self.resolver.escalations())
    @rule(data=st.data())
    def lower(self, data: st.DataObject) -> None:
        """Lower an escalated subject, as a person would."""
        subject = data.draw(st.sampled_from(sorted(self.resolver.escalations())), label="subject")
        self.resolver.lower(subject.triad, subject.role, reason="a test")
        self.asked = {request: rank for request, rank in self.asked.items() if request[0] != subject}

    @invariant()
    def nothing_is_lowered(self) -> None:
        """No request gets a lower tier than before, unless a person lowered its subject."""
        for request, rank in getattr(self, "asked", {}).items():
            decision = self._resolve(request)
            assert self._rank(decision) >= rank, f"{request} was lowered to {decision.tier}"

    @invariant()
    def a_new_resolver_agrees(self) -> None:
        """A second resolver that opens the policy has the same escalations and streaks."""
        if hasattr(self, "resolver"):
            with Resolver.open(self.path) as opened:
                assert opened.escalations() == self.resolver.escalations()
                assert opened.streaks() == self.resolver.streaks()

    def teardown(self) -> None:
        """Close the resolver and delete the copy."""
        if hasattr(self, "resolver"):
            self.resolver.close()
            shutil.rmtree(self.folder)

    def opened(self) -> Resolver:
        """Open the policy at `path`; a subclass can return another object with the methods of a `Resolver`."""
        return Resolver.open(self.path)

    def draw(self, data: st.DataObject) -> Asked:
        """Draw a request. Its names are names that the policy tells apart, or a name that is in no policy."""
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
            values: st.SearchStrategy[Value] = st.integers(-100, 100)
            if isinstance(domain, Text):
                values = st.sampled_from(domain.values)
            value = data.draw(st.none() | values, label=name)
            if value is not None:
                facts[name] = value
        return subject, phase, tuple(facts.items())

    def ask(self, asked: Asked, *, stale: bool) -> Decision:
        """Return the decision of a request.

        Args:
            asked: The request.
            stale: Whether to return the decision that the request got when it was first made.

        """
        decision = self._resolve(asked)
        self.asked[asked] = max(self.asked.get(asked, 0), self._rank(decision))
        first = self.old.setdefault(asked, decision)
        return first if stale else decision

    def reported(self, asked: Asked, outcome: Outcome, ran_on: Decision) -> None:
        """Check an outcome, and add it to `outcomes`.

        Args:
            asked: The request that succeeded or failed.
            outcome: The outcome that the resolver returned.
            ran_on: The decision on whose tier the work ran.

        """
        if outcome.rule is None:
            assert outcome.effect is EffectKind.IGNORE
            assert ran_on.tier != self._resolve(asked).tier, (
                f"an outcome on {ran_on.tier}, which is in force, was ignored"
            )
        if outcome.escalation is not None:
            assert self.resolver.escalations()[asked[0]] == outcome.escalation.to_tier
            assert outcome.strikes == 0
        self.outcomes.append((asked, outcome))

    def _resolve(self, asked: Asked) -> Decision:
        subject, phase, facts = asked
        return self.resolver.resolve(subject.triad, subject.role, phase=phase, facts=dict(facts))

    def _rank(self, decision: Decision) -> int:
        return self.resolver.policy.model_tiers.ladder.rank(decision.tier)
