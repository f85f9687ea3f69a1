"""business-rules: a list of rules over variables, of which the first that triggers sets the tier."""

from __future__ import annotations

from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_TEXT
from business_rules.variables import BaseVariables, boolean_rule_variable, string_rule_variable

from benchmarks.bare import Decide
from benchmarks.peers.facts import Facts, facts_of
from benchmarks.rows import Rows


class Request(BaseVariables):
    """What the rules may ask of a request."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @string_rule_variable
    def role(self) -> str | None:
        """Return the role."""
        return self.facts["role"]

    @boolean_rule_variable
    def is_escalated(self) -> bool:
        """Tell whether there is an escalation."""
        return self.facts["escalated_tier"] is not None

    @boolean_rule_variable
    def is_overridden(self) -> bool:
        """Tell whether the phase has a tier of its own."""
        return self.facts["phase_override"] is not None

    @boolean_rule_variable
    def is_listed(self) -> bool:
        """Tell whether the role has a default."""
        return self.facts["role_default"] is not None


class Answer(BaseActions):
    """What the rules may do."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.tier: str | None = None

    @rule_action(params={"tier": FIELD_TEXT})
    def run_on(self, tier: str) -> None:
        """Answer with a tier."""
        self.tier = tier

    @rule_action(params={"fact": FIELD_TEXT})
    def run_on_fact(self, fact: str) -> None:
        """Answer with the tier that a fact holds."""
        self.tier = self.facts[fact]


def _rule(condition: dict[str, object], action: str, **parameters: str) -> dict[str, object]:
    return {"conditions": condition, "actions": [{"name": action, "params": parameters}]}


def _true(name: str) -> dict[str, object]:
    return {"name": name, "operator": "is_true", "value": True}


_RULES = [
    _rule({"name": "role", "operator": "equal_to", "value": "code_execution"}, "run_on", tier="fast"),
    _rule(_true("is_escalated"), "run_on_fact", fact="escalated_tier"),
    _rule(_true("is_overridden"), "run_on_fact", fact="phase_override"),
    _rule(_true("is_listed"), "run_on_fact", fact="role_default"),
    _rule({"name": "is_listed", "operator": "is_false", "value": True}, "run_on", tier="general"),
]


def load(rows: Rows) -> Decide:
    """Keep the rules as the data they are."""
    look_up = facts_of(rows)

    def decide(triad: str, role: str, *, phase: str | None = None) -> str | None:
        facts = look_up(triad, role, phase)
        answer = Answer(facts)
        run_all(_RULES, Request(facts), answer, stop_on_first_trigger=True)
        return answer.tier

    return decide
