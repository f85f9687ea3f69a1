"""The shape of the sections of a policy file: their keys, and the types of the values.

The loader checks the meaning of a value, such as whether a tier is defined or a fact exists. It also checks conditions
and effects.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from resolver.schema.names import name_problem


def _name(value: str) -> str:
    if problem := name_problem(value):
        raise PydanticCustomError("name", "{problem}", {"problem": problem})
    return value


def _role(value: str) -> str:
    if ":" in value:
        raise PydanticCustomError("colon", "a role has no colon, since a colon ends the triad in `triad:role`")
    return _name(value)


def _by_hand(name: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", BY_HAND: name})


BY_HAND = "by-hand"
"""The key that marks where `conditions.BY_HAND` supplies a schema."""

Name = Annotated[str, AfterValidator(_name), _by_hand("name")]
"""Any text that the rules engine reads safely; it can be empty."""
Term = Annotated[str, AfterValidator(_name), Field(min_length=1), _by_hand("term")]
"""A name that is not empty."""
Role = Annotated[str, AfterValidator(_role), _by_hand("role")]
"""A name without a colon."""
SubjectKey = Annotated[str, AfterValidator(_name), _by_hand("subject")]
"""`triad:role`; the loader checks the colon when it splits the key."""
FactName = Annotated[str, AfterValidator(_name), Field(min_length=1), _by_hand("fact_name")]
"""The name of a policy's own fact; the loader refuses names that are taken."""


_UNIQUE = Field(json_schema_extra={"uniqueItems": True})
"""A constraint for editors only: the loader itself reports duplicates, with the place of the second value."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TierShape(_Shape):
    """A tier: its purpose, and its model at each provider."""

    description: str | None = Field(None, description="The purpose of the tier, for people.")
    providers: Annotated[dict[Term, Term], Field(min_length=1)] = Field(
        description="Provider to model id; the first provider in `provider_order` that is available serves."
    )


class ModelTiersShape(_Shape):
    """The ladder, its tiers, and the rows that rules read as facts."""

    ladder: Annotated[list[Term], _UNIQUE] | None = Field(
        None, description="The tiers, lowest first. Default: fast, general, reasoning."
    )
    tiers: Annotated[dict[Term, TierShape], Field(min_length=1)] = Field(description="Every tier of the ladder.")
    provider_order: list[Term] | None = Field(
        None,
        description="Providers in the order to try them. Default: cerebras, groq, gemini, openrouter, then the rest.",
    )
    cool_down: Annotated[int, Field(ge=0, le=86_400)] | None = Field(
        None, description="Seconds for which a provider that failed comes last. Default: 30."
    )
    role_defaults: dict[Role, Term] | None = Field(None, description="Role to tier: the fact `role_default`.")
    phase_overrides: dict[Term, dict[Role, Term] | None] | None = Field(
        None, description="Phase to role to tier: the fact `phase_override`."
    )
    escalation_state: dict[SubjectKey, Term] | None = Field(
        None, description='"triad:role" to tier: the fact `escalated_tier`. Written by the program.'
    )


_EITHER: JsonDict = {
    "oneOf": [
        {"required": ["values"], "properties": {"values": {"type": "array"}}},
        {"required": ["integer"], "properties": {"integer": {"const": True}}},
    ]
}
"""The choice between `values` and `integer` in the JSON Schema; the loader reports a wrong choice in its own words."""


class FactShape(_Shape):
    """A policy's own fact, which the application gives with a request: one of `values`, or an integer."""

    model_config = ConfigDict(json_schema_extra=_EITHER)

    values: Annotated[list[Term], Field(min_length=1), _UNIQUE] | None = Field(
        None, description="All values that the fact can have."
    )
    integer: bool | None = Field(None, description="The fact is a whole number.")
    description: str | None = Field(None, description="The meaning of the fact, for people.")


_PATTERN = "The rule's one pattern: `[{m: condition}]`."


class RuleShape(_Shape):
    """A rule: of all rules that match, the one with the lowest `pri` wins."""

    pri: Annotated[int, Field(ge=0, le=65_535)] = Field(
        description="The lowest `pri` that matches wins; no two rules of a ruleset share one."
    )
    all: Any = Field(description=_PATTERN)
    run: Any = Field(description="The effect of the rule when it wins.")
    because: str | None = Field(None, description="The reason for the rule, for people.")


class TierRuleShape(RuleShape):
    """A rule of the ruleset `tier`."""

    all: Annotated[Any, _by_hand("tier_pattern")] = Field(description=_PATTERN)
    run: Annotated[Any, _by_hand("tier_effect")] = Field(description="`{tier: …}`: a tier, or a fact that holds one.")


class OutcomeRuleShape(RuleShape):
    """A rule of the ruleset `outcome`."""

    all: Annotated[Any, _by_hand("outcome_pattern")] = Field(description=_PATTERN)
    run: Annotated[Any, _by_hand("outcome_effect")] = Field(
        description="`count`, `reset`, `ignore`, `hold` or `{escalate_to: …}`."
    )


class RulesetsShape(_Shape):
    """The two rulesets: `tier` answers requests, and `outcome` judges outcomes."""

    tier: dict[Term, TierRuleShape] | None = Field(None, description="Rules that choose the tier of a request.")
    outcome: dict[Term, OutcomeRuleShape] | None = Field(
        None, description="Rules that choose the effect of an outcome."
    )


class PolicyShape(_Shape):
    """A policy file of the resolver: rules that choose a model tier for each agent."""

    model_tiers: ModelTiersShape
    facts: dict[FactName, FactShape] | None = Field(None, description="The policy's own facts, which rules can read.")
    rulesets: RulesetsShape


def allowed_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the mapping at `path` in a policy can have, or an empty tuple if any name can be a key.

    >>> allowed_keys(("rulesets",))
    ('tier', 'outcome')
    """
    shapes: dict[tuple[int, int | str | None], type[BaseModel]] = {
        (0, None): PolicyShape,
        (1, "model_tiers"): ModelTiersShape,
        (3, "model_tiers"): TierShape,
        (2, "facts"): FactShape,
        (1, "rulesets"): RulesetsShape,
        (3, "rulesets"): RuleShape,
    }
    shape = shapes.get((len(path), path[0] if path else None))
    return tuple(shape.model_fields) if shape else ()
