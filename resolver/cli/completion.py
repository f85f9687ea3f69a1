"""Shell completion: the names in a policy, codes of messages, and the sides of a comparison.

A completion never fails and prints nothing: without a policy that loads there is nothing to complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from resolver.author import revisions
from resolver.author.check_pages import pages
from resolver.diagnostics import ResolverError
from resolver.domain import NameKind, Policy, Text
from resolver.loader import load_policy, place_of_policy
from resolver.loader.listed_names import listed_names

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def sides(context: click.Context, _argument: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the revisions, files and directories that start with the typed text; a shell itself has only files."""
    policy = context.params.get("policies") or Path("policies")
    named = [name for name in revisions(policy) if name.startswith(typed)]
    if not named:
        return [CompletionItem(typed, type="file")]
    return [CompletionItem(name) for name in [*named, *paths(typed)]]


def paths(typed: str) -> list[str]:
    """Return the directories and YAML files whose path starts with the typed text."""
    folder, slash, start = typed.rpartition("/")
    try:
        entries = sorted(path for path in Path(folder + slash or ".").iterdir() if path.name.startswith(start))
    except OSError:
        return []
    shown = [path for path in entries if path.name.isprintable() and (not path.name.startswith(".") or start)]
    paths = [(path.name, path.is_dir()) for path in shown if path.is_dir() or path.suffix in (".yaml", ".yml")]
    return [f"{folder}{slash}{name}{'/' if is_folder else ''}" for name, is_folder in paths]


def codes(_context: click.Context, _option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the codes with a page that start with the typed text."""
    return _beginning(pages(), typed)


def of_policy(kind: NameKind) -> Completion:
    """Return the completion of names of this kind in the policy that the command line names."""

    def complete(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
        policy = _policy(context)
        return [] if policy is None else _beginning(_NAMES[kind](policy), typed)

    return complete


roles, phases, triads = of_policy(NameKind.ROLE), of_policy(NameKind.PHASE), of_policy(NameKind.TRIAD)
tiers = of_policy(NameKind.TIER)


def facts(context: click.Context, _option: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the facts that the policy declares, as `NAME=VALUE` for each value, or `NAME=` for a number."""
    policy = _policy(context)
    declared = policy.facts.values() if policy else ()
    return _beginning(
        (
            f"{fact.name}={value}"
            for fact in declared
            for value in (fact.domain.values if isinstance(fact.domain, Text) else [""])
        ),
        typed,
    )


def names_of_kind(context: click.Context, argument: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the names of the kind that the argument `kind` gives."""
    kind = context.params.get("kind")
    return of_policy(NameKind(kind))(context, argument, typed) if kind in list(NameKind) else []


def _beginning(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [
        CompletionItem(name) for name in sorted(set(names)) if name and name.startswith(typed) and name.isprintable()
    ]


def _policy(context: click.Context) -> Policy | None:
    """Return the policy that the options before the cursor name, None if it does not load."""
    given = context.params.get("policies") or (context.parent.params.get("policies") if context.parent else None)
    try:
        return load_policy(place_of_policy(given).path)
    except (ResolverError, OSError):
        return None


def _listed(kind: NameKind) -> Callable[[Policy], Iterable[str]]:
    return lambda policy: listed_names(policy).names[str(kind)]


def _roles(policy: Policy) -> Iterable[str]:
    tiers = policy.model_tiers
    rows = [role for of_phase in tiers.phase_overrides.values() for role in of_phase]
    return [*_listed(NameKind.ROLE)(policy), *rows, *(subject.role for subject in tiers.escalation_state)]


_NAMES: dict[NameKind, Callable[[Policy], Iterable[str]]] = {
    NameKind.ROLE: _roles,
    NameKind.PHASE: _listed(NameKind.PHASE),
    NameKind.TIER: lambda policy: policy.model_tiers.ladder.tiers,
    NameKind.FACT: lambda policy: policy.facts,
    NameKind.TRIAD: _listed(NameKind.TRIAD),
    NameKind.RULE: lambda policy: [rule.name for rules in policy.rules.values() for rule in rules],
}
