"""Help for unknown keys and values in files of policy tests."""

from __future__ import annotations

from collections.abc import Collection

from resolver.loader.problems import Problems
from resolver.schema.names import SECTIONS
from resolver.yaml_text.nodes import Node, Scalar

_SYNONYMS = {
    "tests": "cases test scenarios specs examples",
    "role": "roles agent agents",
    "triad": "triads team teams",
    "phase": "phases stage stages",
    "escalated_tier": "escalated escalation escalated_to escalation_state entry",
    "facts": "fact given inputs with",
    "expect": "expects expected then assert want gets get should answer",
    "history": "steps events outcomes reports sequence record",
    "result": "outcome status",
    "kind": "error error_kind failure_kind",
    "times": "repeat count repetitions n",
    "ran_on": "on tier_used ran",
    "strikes": "failures streak",
    "to": "escalates_to escalate_to to_tier",
    "effect": "does action run",
    "models": "model model_id",
    "rule": "by decided_by",
}
"""Names that authors give to the keys of tests."""
_VALUES = {
    "failure": "fail failed fails error failing false",
    "success": "ok pass passed succeed succeeded good true successful",
    "escalate": "escalate_to escalated raise raised",
}
"""Names that authors give to results and effects."""


def field_help(name: str, known: Collection[str], facts: Collection[str], problems: Problems) -> tuple[str | None, str]:
    """Return the key that an unknown key stands for, None if that is not known, and the help.

    Args:
        name: The unknown key.
        known: The keys that the mapping may have.
        facts: The policy's own facts.
        problems: Counts the names that are compared.

    """
    folded = name.lower().replace("-", "_").replace(" ", "_")
    plain, colon, rest = name.partition(":")
    if colon and rest and plain in known:
        return plain, f"a colon needs a space after it: `{plain}: {rest}`"
    if name in SECTIONS and name not in known:
        return None, "it is a section of the policy: move it into a file whose name does not end in `_test`"
    if name in facts and "facts" in known:
        return None, f"it belongs under `facts`: `facts: {{{name}: …}}`"
    meant = next((own for own, names in _SYNONYMS.items() if folded in names.split() and own in known), None)
    meant = meant or problems.closest(name, known)
    return meant, f"did you mean `{meant}`?" if meant else problems.choice(name, known)


def kind_help(node: Node, known: Collection[str]) -> str:
    """Return the help for a value that should be a mapping.

    Args:
        node: The value.
        known: The keys that the mapping may have.

    """
    if isinstance(node, Scalar) and "result" in known and node.value is not None:
        result = "success" if node.text == "success" else "failure"
        return f"write `{{result: {result}, …}}`; known: {', '.join(known)}"
    return f"known: {', '.join(known)}"


def value_help(value: str, known: Collection[str]) -> str | None:
    """Return "did you mean" for another word for a result or an effect, None for any other text.

    Args:
        value: The word in the test.
        known: The results or effects that may be there.

    """
    meant = next((own for own, words in _VALUES.items() if value.lower() in words.split() and own in known), None)
    return f"did you mean `{meant}`?" if meant else None
