"""The shape of the sections of a policy file: its keys, and the types of their values.

The loader checks what a value *means* (is this tier defined? does this fact exist?), and reads conditions and effects.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError, PydanticKnownError

from resolver.schema.names import name_problem


def _name(value: str) -> str:
    if problem := name_problem(value):
        raise PydanticCustomError("name", "{problem}", {"problem": problem})
    return value


def _role(value: str) -> str:
    if ":" in value:
        raise PydanticCustomError("colon", "a role has no colon, since a colon ends the triad in `triad:role`")
    return _name(value)


def _model(value: Any) -> Any:
    """Check a model id; the loader reads a mapping, which has options as well."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if not value:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return _name(value)


def by_hand(name: str) -> WithJsonSchema:
    """Refer to a definition of the JSON Schema that is written by hand."""
    return WithJsonSchema({"type": "string", BY_HAND: name})


BY_HAND = "by-hand"
"""The key that marks where `conditions.BY_HAND` supplies a schema."""

Name = Annotated[str, AfterValidator(_name), by_hand("name")]
"""Any text that the rules engine reads safely; it may be empty."""
Term = Annotated[str, AfterValidator(_name), Field(min_length=1), by_hand("term")]
"""A name that is not empty."""
Role = Annotated[str, AfterValidator(_role), by_hand("role")]
"""A name without a colon."""
SubjectKey = Annotated[str, AfterValidator(_name), by_hand("subject")]
"""`triad:role`; a missing colon is found when the key is split."""
FactName = Annotated[str, AfterValidator(_name), Field(min_length=1), by_hand("fact_name")]
"""The name of one of the policy's own facts; the loader refuses names that are taken."""
Model = Annotated[Any, AfterValidator(_model), by_hand("model")]
"""A model id, or a mapping of `id` and options."""
_Timeout = Annotated[float, Field(gt=0, le=3_600)]
_Most = Annotated[int, Field(ge=1)] | None


_UNIQUE = Field(json_schema_extra={"uniqueItems": True})
"""For editors only: the loader reports the second of two equal items with its place."""


class Shape(BaseModel):
    """A mapping with these keys and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TierShape(Shape):
    """A tier: its purpose, and its model at each provider."""

    description: str | None = Field(None, description="The purpose of the tier, for people.")
    providers: Annotated[dict[Term, Model], Field(min_length=1)] = Field(
        description="Provider to model id, or to `{id: …, option: …}`; "
        "the first provider in `provider_order` that is available serves."
    )


class LimitsShape(Shape):
    """The most requests and tokens that a provider allows; a key that is left out is not limited."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    requests_per_minute: _Most = Field(None, description="Requests in a minute.")
    requests_per_hour: _Most = Field(None, description="Requests in an hour.")
    requests_per_day: _Most = Field(None, description="Requests in a day.")
    tokens_per_minute: _Most = Field(None, description="Tokens in a minute.")
    tokens_per_hour: _Most = Field(None, description="Tokens in an hour.")
    tokens_per_day: _Most = Field(None, description="Tokens in a day.")


def _lifted(value: Any) -> Any:
    return None if value == "none" else value


class ProviderShape(Shape):
    """Settings for the calls of a provider; every key is optional."""

    api: Term | None = Field(None, description="The key by which agno knows the provider. Default: its name here.")
    base_url: Annotated[str, AfterValidator(_name), by_hand("base_url")] | None = Field(
        None, description="The server's URL, which starts with http:// or https://. Default: the provider's own."
    )
    api_key_env: Annotated[str, by_hand("variable")] | None = Field(
        None, description="The name of the environment variable that has the key."
    )
    timeout: _Timeout | None = Field(None, description="Seconds for one call. Default: the policy's `timeout`.")
    limits: Annotated[
        LimitsShape | None,
        BeforeValidator(_lifted, json_schema_input_type=LimitsShape | Literal["none"] | None),
    ] = Field(None, description="The provider's limits, or `none` to lift them. Default: those that come with the key.")
    options: Annotated[dict[str, Any] | None, by_hand("provider_options")] = Field(
        None, description="Options of the class of the provider's models."
    )


class ModelTiersShape(Shape):
    """The ladder, its tiers, and the rows that rules see as facts."""

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
    timeout: _Timeout | None = Field(None, description="Seconds for one call of a provider. Default: 60.")
    providers: dict[Term, ProviderShape | None] | None = Field(None, description="Provider to settings for its calls.")
    role_defaults: dict[Role, Term] | None = Field(None, description="Role to tier: the fact `role_default`.")
    phase_overrides: dict[Term, dict[Role, Term] | None] | None = Field(
        None, description="Phase to role to tier: the fact `phase_override`."
    )
    phases: Annotated[list[Term], _UNIQUE] | None = Field(
        None, description="All phases that there are; another one is a warning. Default: any phase."
    )
    triads: Annotated[list[Name], _UNIQUE] | None = Field(
        None, description="All triads that there are; another one is a warning. Default: any triad."
    )
    kinds: Annotated[list[Term], _UNIQUE] | None = Field(
        None,
        description="All kinds of failure that the application reports, beside those that every policy knows; another "
        "one is a warning. Default: any kind.",
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
"""Rules of the JSON Schema for a fact; the loader reports them in words."""


class FactShape(Shape):
    """A fact of your own that the application gives with a request: one of `values`, or an integer."""

    model_config = ConfigDict(json_schema_extra=_EITHER)

    values: Annotated[list[Term], Field(min_length=1), _UNIQUE] | None = Field(
        None, description="All values that the fact can have."
    )
    integer: bool | None = Field(None, description="The fact is a whole number.")
    description: str | None = Field(None, description="The meaning of the fact, for people.")


_PATTERN = "The rule's one pattern: `[{m: condition}]`."


class RuleShape(Shape):
    """A rule: of all rules that match, the one with the lowest `pri` wins."""

    pri: Annotated[int, Field(ge=0, le=65_535)] = Field(
        description="The lowest `pri` that matches wins; no two rules of a ruleset share one."
    )
    all: Any = Field(description=_PATTERN)
    run: Any = Field(description="The effect of the rule when it wins.")
    because: str | None = Field(None, description="The reason for the rule, for people.")


class TierRuleShape(RuleShape):
    """A rule of the ruleset `tier`."""

    all: Annotated[Any, by_hand("tier_pattern")] = Field(description=_PATTERN)
    run: Annotated[Any, by_hand("tier_effect")] = Field(description="`{tier: …}`: a tier, or a fact that has one.")


class OutcomeRuleShape(RuleShape):
    """A rule of the ruleset `outcome`."""

    all: Annotated[Any, by_hand("outcome_pattern")] = Field(description=_PATTERN)
    run: Annotated[Any, by_hand("outcome_effect")] = Field(
        description="`count`, `reset`, `ignore`, `hold` or `{escalate_to: …}`."
    )


class RulesetsShape(Shape):
    """The two questions that rules answer."""

    tier: dict[Term, TierRuleShape] | None = Field(None, description="Rules that choose the tier of a request.")
    outcome: dict[Term, OutcomeRuleShape] | None = Field(
        None, description="Rules that choose the effect of an outcome."
    )


class PolicyShape(Shape):
    """A policy file of the resolver: which model tier each agent runs on."""

    model_tiers: ModelTiersShape
    facts: dict[FactName, FactShape] | None = Field(None, description="The policy's own facts, which rules can read.")
    rulesets: RulesetsShape


def allowed_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the mapping at `path` of a policy may have; empty if it may have any key."""
    if len(path) in (3, 4) and path[:2] == ("model_tiers", "providers"):
        return tuple((ProviderShape if len(path) == 3 else LimitsShape).model_fields)
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
