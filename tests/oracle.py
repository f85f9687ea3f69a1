"""What a policy means, written a second time with none of the program's code: to be read, not to be fast."""

from collections.abc import Iterator, Mapping
from itertools import pairwise, product
from operator import eq, ge, gt, le, lt, ne
from typing import Any

Policy = Mapping[str, Any]  # {"model_tiers": …, "facts": …, "rulesets": …}, as a YAML reader gives it
Facts = dict[str, str | int]
Extra = Facts | None
Name = str | None
COMPARE = {"$neq": ne, "$lt": lt, "$lte": le, "$gt": gt, "$gte": ge}


def matches(condition: Mapping[str, Any], facts: Facts) -> bool:
    """An absent fact, on either side, makes every comparison false."""
    [(key, body)] = condition.items()
    if key in ("$and", "$or"):
        return (all if key == "$and" else any)(matches(member, facts) for member in body)
    if key in ("$ex", "$nex"):
        return all((name in facts) == (key == "$ex") for name in body)
    [(name, wanted)] = (body if key in COMPARE else condition).items()
    compare, values = COMPARE.get(key, eq), wanted if isinstance(wanted, list) else [wanted]
    known = [facts.get(value["$m"]) if isinstance(value, dict) else value for value in values]
    return name in facts and any(value is not None and compare(facts[name], value) for value in known)


def winner(policy: Policy, ruleset_name: str, facts: Facts) -> Name:
    """Of the rules that match, the one with the lowest `pri` wins."""
    rules = policy["rulesets"][ruleset_name]
    matching = (name for name in rules if matches(rules[name]["all"][0]["m"], facts))
    return min(matching, key=lambda name: rules[name]["pri"], default=None)


def ladder(policy: Policy) -> list[str]:
    """The tiers stand lowest first."""
    return list(policy["model_tiers"].get("ladder") or ["fast", "general", "reasoning"])


def tier_facts(policy: Policy, triad: str, role: str, phase: Name, extra: Extra, *, escalated: Any) -> Facts:
    """The phase "" is no phase, `...` is the policy's own escalation, and what does not apply is left out."""
    tables = {name: table or {} for name, table in policy["model_tiers"].items()}
    entries = {key.rpartition(":")[::2]: entry for key, entry in tables.get("escalation_state", {}).items()}
    entry = entries.get((triad, role)) if escalated is ... else escalated
    override = (tables.get("phase_overrides", {}).get(phase or None) or {}).get(role)
    rows = {"role_default": tables.get("role_defaults", {}).get(role), "phase_override": override}
    facts = {"triad": triad, "role": role, "phase": phase or None, **rows, "escalated_tier": entry}
    return {name: value for name, value in facts.items() if value is not None} | (extra or {})


def tier(policy: Policy, triad: str, role: str, phase: Name = None, extra: Extra = None, *,
         escalated: Any = ...) -> tuple[str, str] | None:  # fmt: skip
    """The rule that wins says the tier, by name or by a fact that holds it."""
    return _decide(policy, "tier", tier_facts(policy, triad, role, phase, extra, escalated=escalated))


def failure_facts(policy: Policy, triad: str, role: str, phase: Name = None, extra: Extra = None, *,
        kind: Name = None, strikes: int, failed_tier: str, escalated: Any = ...,
        unescalated: set[str] | None = None) -> Facts:  # fmt: skip
    """`raised_tier` is above what failed and not below what the role gets anywhere unescalated, or absent."""
    tiers, asked = ladder(policy), tier_facts(policy, triad, role, phase, extra, escalated=escalated)
    anywhere = unescalated_tiers(policy, triad, role) if unescalated is None else unescalated
    raised = max([*tiers[: tiers.index(failed_tier) + 2], *anywhere], key=tiers.index)
    now = _decide(policy, "tier", asked)
    stays = (now and now[0] == tiers[-1]) or asked.get("escalated_tier") in tiers[tiers.index(raised) :]
    steps = {"next_tier": dict(pairwise(tiers)).get(failed_tier), "raised_tier": None if stays else raised}
    facts = {"triad": triad, "role": role, "phase": phase or None, "result": "failure", "kind": kind, **steps}
    known = {name: value for name, value in facts.items() if value is not None}
    return {**known, "strikes": strikes, "failed_tier": failed_tier, **(extra or {})}


def unescalated_tiers(policy: Policy, triad: str, role: str) -> set[str]:
    """The tiers that a subject gets without an escalation, in whatever phase, with any extra facts."""
    found = (tier(policy, triad, role, *circumstances, escalated=None) for circumstances in _circumstances(policy))
    return {decided[0] for decided in found if decided}


def outcome(policy: Policy, facts: Facts) -> tuple[str | tuple[str, str], str] | None:
    """The rule that wins says the effect, and of an escalation the tier it leads to."""
    found = _decide(policy, "outcome", facts)
    run = found and policy["rulesets"]["outcome"][found[1]]["run"]
    return (("escalate", found[0]), found[1]) if found and isinstance(run, dict) else found


def _decide(policy: Policy, ruleset: str, facts: Facts) -> tuple[str, str] | None:
    rule = winner(policy, ruleset, facts)
    run = None if rule is None else policy["rulesets"][ruleset][rule]["run"]
    target = next(iter(run.values())) if isinstance(run, dict) else run
    value = facts.get(target["$m"]) if isinstance(target, dict) else target
    return None if rule is None or value is None else (str(value), rule)


def _circumstances(policy: Policy) -> Iterator[tuple[Name, Facts]]:
    rules, facts = [rule["all"] for rule in policy["rulesets"]["tier"].values()], policy.get("facts") or {}
    named = {*(policy["model_tiers"].get("phase_overrides") or {}), *map(str, _literals(rules, "phase"))}
    values = [facts[name].get("values") or numbers(_literals(rules, name)) for name in facts]
    for phase, *chosen in product([None, "".join(named) + "-", *named], *([None, *each] for each in values)):
        yield phase, {name: value for name, value in zip(facts, chosen, strict=True) if value is not None}


def numbers(literals: list[int]) -> list[int]:
    """Return a number of each class into which comparisons with `literals` divide all numbers."""
    return sorted({literal + step for literal in literals or [0] for step in (-1, 0, 1)})


def _literals(node: Any, fact: str, under: str = "") -> list[Any]:
    if not isinstance(node, dict | list):
        return [node] if under == fact else []
    children = node.items() if isinstance(node, dict) else [(under, child) for child in node]
    return [leaf for key, child in children for leaf in _literals(child, fact, key)]
