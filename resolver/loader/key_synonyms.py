"""Other names that authors give to the keys of a policy."""

from __future__ import annotations

from collections.abc import Collection

from resolver.schema.kinds import Path

_RULE = {
    "pri": "priority prio order salience weight rank precedence index position no number sequence level",
    "all": "when if match matches condition conditions where given on pattern patterns filter criteria expr",
    "run": "then do action actions effect effects set return returns decision decide result output assign consequence",
    "because": "reason description comment why note notes message doc explanation rationale title summary label",
}
_FACT = {
    "values": "enum one_of oneof options choices allowed allowed_values list of items value domain",
    "integer": "int number numeric whole float",
    "description": "because comment note doc meaning help title",
}
_TIER = {
    "providers": "provider models model ids backends",
    "description": "because comment note doc purpose meaning title",
}
_MODEL_TIERS = {
    "role_defaults": "roles defaults default_roles role_default agents role_tiers",
    "phase_overrides": "phase_override overrides phase_defaults phase_tiers",
    "provider_order": "order fallback fallbacks provider_fallback preference",
    "escalation_state": "escalations escalated state learned",
    "ladder": "tier_order levels ranking ranks steps",
    "cool_down": "cooldown back_off backoff",
    "tiers": "models model_tiers levels",
}
_PROVIDER = {
    "api": "type class sdk client kind",
    "base_url": "url host endpoint server api_base baseurl api_url",
    "api_key_env": "key_env env env_var api_key_name api_key_variable",
    "timeout": "time_out timeout_seconds request_timeout",
    "limits": "limit rate_limit rate_limits quota quotas",
    "options": "option params parameters kwargs arguments",
}
_LIMITS = {
    f"{of}s_per_{time}": f"{of[0]}p{time[0]} {of}s_{time} {of}s_per_{time[:3]} {of}_per_{time} max_{of}s_per_{time}"
    for of in ("request", "token")
    for time in ("minute", "hour", "day")
}
_ROOT = {"rulesets": "rules ruleset policies policy", "model_tiers": "models model", "facts": "fact variables inputs"}
_RULESETS = {"tier": "tiers request requests tier_rules resolve", "outcome": "outcomes outcome_rules result results"}


def synonyms_at(path: Path) -> dict[str, str]:
    """Return the other names that authors give to the keys of the mapping at `path`."""
    shapes: dict[tuple[int, int | str | None], dict[str, str]] = {
        (0, None): _ROOT,
        (1, "model_tiers"): _MODEL_TIERS,
        (1, "rulesets"): _RULESETS,
        (2, "facts"): _FACT,
    }
    if path[:2] == ("model_tiers", "providers"):
        return {3: _PROVIDER, 4: _LIMITS}.get(len(path), {})
    if len(path) == 3 and path[0] in ("model_tiers", "rulesets"):
        return _RULE if path[0] == "rulesets" else _TIER if path[1] == "tiers" else {}
    return shapes.get((len(path), path[0] if path else None), {})


def meant_at(path: Path, name: str, given: Collection[str] = ()) -> str | None:
    """Return the key of the mapping at `path` that another name for it means, None if the name means none.

    Args:
        path: The place of the mapping.
        name: The other name, which may mean several keys.
        given: The keys that the mapping has; it means one that is missing rather than one of these.

    """
    folded = name.lower().replace("-", "_").replace(" ", "_")
    meant = [own for own, names in synonyms_at(path).items() if folded in names.split()]
    return next((own for own in meant if own not in given), meant[0] if meant else None)
