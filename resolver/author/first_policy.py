"""Writes a policy with tiers and roles of one's own, and its tests, in the form of the shipped policy.

The rules are those of the shipped policy that name no role, triad or phase; where they name a tier, it is the middle of
the new ladder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from resolver.author.rename.policy_names import PolicyNames, PolicyTexts
from resolver.diagnostics import near_miss
from resolver.domain import NameKind, Policy, facts_of
from resolver.loader import MemorySource, load_policy, shipped_policy
from resolver.yaml_text.quoting import scalar
from resolver.yaml_text.splices import Splice, spliced

_NAMES = frozenset(("role", "triad", "phase"))
_TIERS = "model_tiers.yaml"
_TESTS = "policy_test.yaml"


def new_policy(tiers: Sequence[str], roles: Mapping[str, str], providers: Sequence[str]) -> dict[str, str]:
    """Return the files of a policy, and of its tests, by name.

    Args:
        tiers: The ladder, lowest first; two tiers at least.
        roles: Role to tier.
        providers: The providers of each tier, in the order to try them. The model ids are for the author to fill in.

    Raises:
        PolicyError: A name cannot be used. The error says why.
    """
    shipped = load_policy(shipped_policy())
    middle = tiers[(len(tiers) - 1) // 2]
    files = {_TIERS: _model_tiers(shipped, tiers, roles, providers), **_rules(shipped, middle)}
    load_policy(MemorySource(Path("."), {Path(name): text.encode() for name, text in files.items()}, is_directory=True))
    return {**files, _TESTS: _tests(shipped, tiers, roles, middle)}


def _head(policy: Policy, name: str, before: str) -> str:
    """Return the comment at the head of a shipped file, which says how to change it."""
    folder = shipped_policy()
    text = policy.texts.get(folder / name) or (folder / name).read_text(encoding="utf-8")
    return text.partition(f"\n{before}:")[0].rstrip()


def _model_tiers(shipped: Policy, tiers: Sequence[str], roles: Mapping[str, str], providers: Sequence[str]) -> str:
    lines = [
        _head(shipped, _TIERS, "model_tiers"),
        "",
        "model_tiers:",
        f"  ladder: {_listed(tiers)} # lowest first; an escalation climbs it",
        "",
        "  tiers: # put your model ids here",
    ]
    for tier in reversed(tiers):
        lines += [f"    {scalar(tier)}:", "      providers:"]
        lines += [
            f"        {scalar(provider)}: {scalar('-'.join(['your', *tier.split(), 'model']))}"
            for provider in providers
        ]
    lines += ["", f"  provider_order: {_listed(providers)} # tried in this order", "", "  role_defaults:"]
    lines += [f"    {scalar(role)}: {scalar(tier)}" for role, tier in roles.items()]
    lines += [
        "",
        "  phase_overrides: {} # phase: {role: tier}, for one phase only",
        "",
        '  # Written by the program: "triad:role": tier, one line for each escalation. It only ever raises a tier.',
        "  # People may edit it; to lower one, take its line out.",
        "  escalation_state: {}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _rules(shipped: Policy, middle: str) -> dict[str, str]:
    """Return the shipped files whose rules name no role, triad or phase, with the tier `middle` in them."""
    rules = [rule for ruleset in shipped.rules.values() for rule in ruleset]
    named = {rule.place.source.path for rule in rules if _NAMES.intersection(facts_of(rule.condition))}
    files = {path for rule in rules if (path := rule.place.source.path) is not None} - named
    texts = {path: shipped.texts[path] for path in sorted(files)}
    names = PolicyNames(PolicyTexts(shipped_policy(), texts))
    written: dict[str, str] = {}
    for path, text in texts.items():
        literal = [found.node for found in names.all() if found.path == path and found.kind is NameKind.TIER]
        splices = [Splice(node.start, node.end, scalar(middle)) for node in literal]
        written[path.name] = spliced(text, splices)
    return written


def _tests(shipped: Policy, tiers: Sequence[str], roles: Mapping[str, str], middle: str) -> str:
    """Return tests of each role, of a role that is not listed, and of three failures in a row on each tier."""
    top, unlisted = tiers[-1], _unlisted(roles)
    of_tier = {tier: [role for role, its_tier in roles.items() if its_tier == tier] for tier in tiers}
    lines = [_head(shipped, _TESTS, "tests"), "", "tests:"]
    for tier, on_it in of_tier.items():
        if on_it:
            lines += _test(_named("roles on {}", tier), on_it, f"    expect: {scalar(tier)}")
    lines += _test("an unlisted role gets the middle tier", [unlisted], f"    expect: {scalar(middle)}")
    escalated = f"    escalated_tier: {scalar(top)}"
    all_roles = [*roles, unlisted]
    lines += _test("an escalation overrides the default", all_roles, escalated, f"    expect: {scalar(top)}")
    of_tier[middle] = [*of_tier[middle], unlisted]
    counted = ("    history:", "      - {result: failure, times: 2, expect: count}")
    for tier, above in pairwise(tiers):
        to = scalar(above)
        raised = f"      - {{result: failure, expect: {{effect: escalate, to: {to}, tier: {to}}}}}"
        kept = f"      - {{result: success, expect: {{effect: reset, tier: {to}}}}}"
        if of_tier[tier]:
            lines += _test(
                _named("three failures in a row on {} escalate by one tier", tier),
                of_tier[tier],
                *counted,
                raised,
                kept,
            )
    held = f"      - {{result: failure, expect: {{effect: hold, tier: {scalar(top)}}}}}"
    lines += _test("failures on the top tier are held", all_roles, escalated, *counted, held)
    ignored = "      - {result: failure, kind: outage, times: 3, expect: {effect: ignore, strikes: 0}}"
    lines += _test("provider failures do not count", [next(iter(roles))], "    history:", ignored)
    return "".join(f"{line}\n" for line in lines[:-1])


def _unlisted(roles: Mapping[str, str]) -> str:
    """Return a name that is not a role of the policy, and not a misspelling of one."""
    name = "another_role"
    while name in roles or near_miss(name, roles):
        name += "_too"
    return name


def _named(form: str, tier: str) -> str:
    """Return the name of a test about a tier, in quotes if the tier needs them."""
    name = form.format(tier)
    return name if scalar(tier) == tier else scalar(name)


def _test(name: str, roles: Sequence[str], *lines: str) -> list[str]:
    role = scalar(roles[0]) if len(roles) == 1 else _listed(roles)
    return [f"  {name}:", f"    role: {role}", *lines, ""]


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(map(scalar, names))}]"
