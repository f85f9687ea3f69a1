"""durable-rules asked directly."""

from __future__ import annotations

from contextlib import AbstractContextManager

from resolver import Resolver
from resolver.compiler import batches, engine_rules
from resolver.domain import Reference, Subject
from resolver.engine import Judge


class Direct(AbstractContextManager["Direct"]):
    """durable-rules with the policy's whole ruleset, asked once for each request."""

    def __init__(self, resolver: Resolver) -> None:
        self.table = resolver.table
        rules = self.table.tier.rules
        parts = [(at, part) for at, rule in enumerate(rules) for part in engine_rules(rule.condition)]
        batch, *more = batches(part for _, part in parts)
        if more:
            raise ValueError("a policy of one batch can be asked directly")
        self.rules = [rules[at] for at, _ in parts]
        self.judge = Judge(batch)

    def __enter__(self) -> Direct:
        self.judge.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.judge.__exit__(None, None, None)

    def decide(self, triad: str, role: str, *, phase: str | None = None) -> str | None:
        """Return the tier that the winning rule names."""
        facts = self.table.facts_of(Subject(triad, role), phase)
        won = self.judge.ask(facts)
        target = None if won is None else self.rules[won].effect.target
        tier = facts.get(target.fact) if isinstance(target, Reference) else target
        return tier if isinstance(tier, str) else None
