"""Descriptions of keys, for people who are about to write them or look at them."""

from __future__ import annotations

from resolver.schema.composite_kinds import Key
from resolver.schema.conditions import BY_HAND
from resolver.schema.options import EXPECTED_BY_HAND
from resolver.schema.policy_tests import FACTS_BY_HAND


def description_of(key: Key) -> str:
    """Return the description of a key, else that of its kind; empty if there is none.

    >>> from resolver.schema.shapes import RULESETS
    >>> description_of(RULESETS.keys["tier"])
    'Rules that choose the tier of a request.'
    """
    if key.description:
        return key.description
    by_hand = {**BY_HAND, **EXPECTED_BY_HAND, **FACTS_BY_HAND}.get(key.kind.definition or "", {})
    return str(getattr(key.kind, "description", "") or by_hand.get("description", ""))
