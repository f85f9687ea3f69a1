import dataclasses

import pytest

from resolver.domain import Decision, Explanation, RequestFact, Subject

DECISION = Decision("fast", "rule", "because", {"local": "model"}, "revision")


def test_values_are_the_facts_that_apply() -> None:
    """A fact that does not apply is known to be absent, and is no value."""
    facts = (RequestFact("role", "critic"), RequestFact("phase", None))
    assert Explanation(Subject("t", "critic"), None, DECISION, facts, ()).values == {"role": "critic"}


def test_a_decision_does_not_change() -> None:
    """Decisions are shared between requests, so they are frozen."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        DECISION.tier = "reasoning"  # type: ignore[misc]
    assert not hasattr(DECISION, "__dict__")
