"""The shape of the sections of a policy file: its keys, and the kinds of their values.

The loader checks what a value *means* (is this tier defined? does this fact exist?), and reads conditions and effects.
"""

from __future__ import annotations

from resolver.domain.policy import DEFAULT_COOL_DOWN, DEFAULT_LADDER, DEFAULT_PROVIDERS, DEFAULT_TIMEOUT
from resolver.schema.composite_kinds import Entries, Key, Keys, ListOf, Optional
from resolver.schema.kinds import Anything, Boolean, Number, Text, TextOrMapping
from resolver.schema.names import HIGHEST_PRI

TEXT = Text()
"""Any text, for people."""
NAME = Text("name")
"""A text that the rules engine reads safely; it may be empty."""
TERM = Text("term", filled=True)
"""A name that is not empty."""
ROLE = Text("role", colon=False)
"""A name without a colon, since a colon ends the triad in `triad:role`."""
SUBJECT_KEY = Text("subject")
"""`triad:role`; a missing colon is found when the key is split."""
FACT_NAME = Text("fact_name", filled=True)
"""The name of one of the policy's own facts; the loader refuses names that are taken."""
MODEL = TextOrMapping("model")
"""A model id, or a mapping of `id` and options."""
_TIMEOUT = Number(whole=False, above=0, highest=3_600)
_MOST = Number(whole=True, lowest=1)

TIER = Keys(
    "tier",
    "A tier: its purpose, and its model at each provider.",
    {
        "description": Key(TEXT, "The purpose of the tier, for people."),
        "providers": Key(
            Entries(TERM, MODEL, filled=True),
            "Provider to model id, or to `{id: …, option: …}`; "
            "the first provider in `provider_order` that is available serves.",
            required=True,
        ),
    },
)

LIMITS = Keys(
    "limits",
    "The most requests and tokens that a provider allows; a key that is left out is not limited.",
    {
        f"{of}_per_{time}": Key(_MOST, f"{of.capitalize()} in {article} {time}.")
        for of in ("requests", "tokens")
        for article, time in (("a", "minute"), ("an", "hour"), ("a", "day"))
    },
    {"minProperties": 1},
)

PROVIDER = Keys(
    "provider",
    "Settings for the calls of a provider; every key is optional.",
    {
        "api": Key(TERM, "The key by which agno knows the provider. Default: its name here."),
        "base_url": Key(
            Text("base_url"),
            "The server's URL, which starts with http:// or https://. Default: the provider's own.",
        ),
        "api_key_env": Key(Text("variable"), "The name of the environment variable that has the key."),
        "timeout": Key(_TIMEOUT, "Seconds for one call. Default: the policy's `timeout`."),
        "limits": Key(
            Optional(LIMITS, "none"),
            "The provider's limits, or `none` to lift them. Default: those that come with the key.",
        ),
        "options": Key(
            Entries(TEXT, Anything(), definition="provider_options"),
            "Options of the class of the provider's models.",
            null=False,  # the definition says it
        ),
    },
)

MODEL_TIERS = Keys(
    "model_tiers",
    "The ladder, its tiers, and the rows that rules see as facts.",
    {
        "ladder": Key(
            ListOf(TERM, unique=True),
            f"The tiers, lowest first. Default: {', '.join(DEFAULT_LADDER)}.",
        ),
        "tiers": Key(Entries(TERM, TIER, filled=True), "Every tier of the ladder.", required=True),
        "provider_order": Key(
            ListOf(TERM),
            f"Providers in the order to try them. Default: {', '.join(DEFAULT_PROVIDERS)}, then the rest.",
        ),
        "cool_down": Key(
            Number(whole=True, lowest=0, highest=86_400),
            f"Seconds for which a provider that failed comes last. Default: {DEFAULT_COOL_DOWN}.",
        ),
        "timeout": Key(_TIMEOUT, f"Seconds for one call of a provider. Default: {DEFAULT_TIMEOUT}."),
        "providers": Key(Entries(TERM, Optional(PROVIDER)), "Provider to settings for its calls."),
        "role_defaults": Key(Entries(ROLE, TERM), "Role to tier: the fact `role_default`."),
        "phase_overrides": Key(
            Entries(TERM, Optional(Entries(ROLE, TERM))),
            "Phase to role to tier: the fact `phase_override`.",
        ),
        "phases": Key(
            ListOf(TERM, filled=True, unique=True),
            "Every phase that exists; another one is a warning. Default: any phase.",
        ),
        "triads": Key(
            ListOf(NAME, filled=True, unique=True),
            "Every triad that exists; another one is a warning. Default: any triad.",
        ),
        "kinds": Key(
            ListOf(TERM, filled=True, unique=True),
            "Every kind of failure that the application reports, beside those that every policy knows; another one is "
            "a warning. Default: any kind.",
        ),
        "escalation_state": Key(
            Entries(SUBJECT_KEY, TERM),
            '"triad:role" to tier: the fact `escalated_tier`. Written by the program.',
        ),
    },
)

FACT = Keys(
    "fact",
    "A fact of your own that the application gives with a request: one of `values`, or an integer.",
    {
        "values": Key(ListOf(TERM, filled=True, unique=True), "All values that the fact can have."),
        "integer": Key(Boolean(), "The fact is a whole number."),
        "description": Key(TEXT, "The meaning of the fact, for people."),
    },
    {
        "oneOf": [
            {"required": ["values"], "properties": {"values": {"type": "array"}}},
            {"required": ["integer"], "properties": {"integer": {"const": True}}},
        ]
    },
)


def _rule(ruleset: str, what: str, effect: str) -> Keys:
    return Keys(
        f"{ruleset}_rule",
        f"A rule that chooses {what}: of all rules that match, the one with the lowest `pri` wins.",
        {
            "pri": Key(
                Number(whole=True, lowest=0, highest=HIGHEST_PRI),
                "The lowest `pri` that matches wins; no two rules of a ruleset share one.",
                required=True,
            ),
            "all": Key(Anything(f"{ruleset}_pattern"), "The rule's one pattern: `[{m: condition}]`.", required=True),
            "run": Key(Anything(f"{ruleset}_effect"), effect, required=True),
            "because": Key(TEXT, "The reason for the rule, for people."),
        },
    )


TIER_RULE = _rule("tier", "the tier of a request", "`{tier: …}`: a tier, or a fact that has one.")
OUTCOME_RULE = _rule("outcome", "the effect of an outcome", "`count`, `reset`, `ignore`, `hold` or `{escalate_to: …}`.")

RULESETS = Keys(
    "rulesets",
    "The two questions that rules answer.",
    {
        "tier": Key(Entries(TERM, TIER_RULE), "Rules that choose the tier of a request."),
        "outcome": Key(Entries(TERM, OUTCOME_RULE), "Rules that choose the effect of an outcome."),
    },
)

POLICY = Keys(
    "policy",
    "A policy file of the resolver: which model tier each agent runs on.",
    {
        "model_tiers": Key(MODEL_TIERS, required=True),
        "facts": Key(Entries(FACT_NAME, FACT), "The policy's own facts, which rules can read."),
        "rulesets": Key(RULESETS, required=True),
    },
)


def allowed_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that the mapping at `path` of a policy may have; empty if it may have any key."""
    kind = POLICY.at(path)
    return tuple(kind.keys) if isinstance(kind, Keys) else ()
