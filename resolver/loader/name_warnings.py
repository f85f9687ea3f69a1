"""Warnings about names in a policy that are probably mistakes: patterns, names near others, names outside of a list."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from resolver.diagnostics import LEAST_REPLACED_IN_WORDS, Diagnostic, Level, legible, listed, near_miss
from resolver.domain import Fact, FailureKind, ModelTiers, OpenText
from resolver.loader.listed_names import LISTS
from resolver.loader.no_names import no_name_help, no_name_message, stands_for_no_name
from resolver.loader.odd_names import oddity
from resolver.loader.pattern_names import NOTHING_TO_LIST, looks_like_pattern, may_be_pattern, pattern_help
from resolver.loader.problems import MOST_COMPARED, Problems
from resolver.loader.used_names import UsedName

_FEWEST_LETTERS = 4
"""Shorter names, such as `a` and `A`, may differ on purpose."""


def name_warnings(names: Iterable[UsedName], tiers: ModelTiers) -> Iterator[Diagnostic]:
    """Yield the warnings about the names of a policy without errors, one for each name.

    Args:
        names: The names in the files of the policy.
        tiers: The section `model_tiers`.

    """
    used = list(names)
    known: dict[str, dict[str, list[UsedName]]] = defaultdict(dict)
    plain: list[UsedName] = []
    patterns: list[UsedName] = []
    doubtful: list[UsedName] = []
    odd: set[tuple[str, str]] = set()
    lists: dict[str, tuple[str, ...]] = {"phase": tiers.phases, "triad": tiers.triads, "kind": tiers.kinds}
    for name in used:
        if (oddness := oddity(name.name)) is not None or (oddness := _blank_in_model(name)) is not None:
            if (name.what, name.name) not in odd:
                odd.add((name.what, name.name))
                yield _odd(name, *oddness)
        elif name.what not in ("model", "value") and name.name not in lists.get(name.what, ()):
            of_sign = patterns if looks_like_pattern(name.name) else doubtful if may_be_pattern(name.name) else plain
            of_sign.append(name)
        else:
            plain.append(name)
    for name in plain:
        known[name.what].setdefault(name.name, []).append(name)
    candidates = _candidates([*patterns, *doubtful], known, tiers)
    for name in doubtful:
        others = candidates[name.what] if len(doubtful) * len(candidates[name.what]) <= MOST_COMPARED else []
        if looks_like_pattern(name.name, others):
            patterns.append(name)
        else:
            known[name.what].setdefault(name.name, []).append(name)
    yield from _patterns(patterns, candidates)
    problems = Problems()
    yield from _providers([name for name in used if (name.what, name.name) not in odd], tiers, problems)
    yield from _twins(mentions[0] for name, mentions in known["role"].items() if name in tiers.role_defaults)
    for what, closing in lists.items():
        own = {name: mentions[0] for name, mentions in known[what].items()}
        if closing:
            yield from _outside(own.values(), {*closing, *(FailureKind if what == "kind" else ())}, problems)
            continue
        if what == "triad":
            yield from _twins(own.values())
            continue
        counts = {name: len(mentions) for name, mentions in known[what].items()}
        yield from _no_names(own.values())
        standard = dict.fromkeys(map(str, FailureKind), len(used) + 1) if what == "kind" else {}
        only_in_rules = {name for name, mentions in known[what].items() if all(each.in_rule for each in mentions)}
        yield from _near(own, {**counts, **standard}, only_in_rules)


def needs_all_triads(tiers: ModelTiers) -> bool:
    """Return whether plain triads of entries can get a warning: a list closes the triads, or two differ in capitals."""
    if tiers.triads:
        return True
    triads = {subject.triad for subject in tiers.escalation_state}
    return len({_letters(triad) for triad in triads}) < len(triads)


def _odd(name: UsedName, what: str, meant: str) -> Diagnostic:
    """Return the warning about a name that is not what it looks like."""
    noun = {"model": "model id", "value": "value"}.get(name.what, name.what)
    message = f"the {noun} `{name.name}` {what}"
    return Diagnostic(
        "odd-name",
        legible(message),
        name.place,
        legible(f"write `{meant}`" if meant else "write a name"),
        Level.WARNING,
    )


def _blank_in_model(name: UsedName) -> tuple[str, str] | None:
    """Return what is odd about a model id of several words, and its first word; None for another name."""
    words = name.name.split() if name.what == "model" else []
    return ("has a blank inside", words[0]) if len(words) > 1 else None


def _twins(names: Iterable[UsedName]) -> Iterator[Diagnostic]:
    """Yield a warning for each name that differs from one before it only in capitals and separators."""
    before: dict[str, UsedName] = {}
    for name in names:
        letters = _letters(name.name)
        twin = before.setdefault(letters, name)
        if twin is not name and len(letters) >= _FEWEST_LETTERS:
            message = f"the {name.what} `{name.name}` differs from `{twin.name}` only in capitals or separators"
            help = f"did you mean `{twin.name}`, or is that one the mistake? if both are meant, rename one"
            yield _unlisted(message, name, help)


def _candidates(
    patterns: list[UsedName], known: Mapping[str, Mapping[str, object]], tiers: ModelTiers
) -> dict[str, list[str]]:
    """Return the names that patterns may mean, by vocabulary."""
    names = {name.what: [*known.get(name.what, ())] for name in patterns}
    if "triad" in names:
        in_entries = dict.fromkeys(subject.triad for subject in tiers.escalation_state)
        names["triad"] = [
            name for name in {**dict.fromkeys(names["triad"]), **in_entries} if not looks_like_pattern(name)
        ]
    return names


def _patterns(patterns: list[UsedName], known: dict[str, list[str]]) -> Iterator[Diagnostic]:
    """Yield a warning for each name that looks like a pattern, with the known names that it may mean."""
    for name in patterns:
        if len(patterns) * len(known.get(name.what, [])) > MOST_COMPARED:
            known[name.what] = []
        fact = Fact(name.what, OpenText()) if name.in_rule else None
        help = pattern_help(name.name, known.get(name.what, []), fact)
        if help == NOTHING_TO_LIST:
            help = f"{help}; if this is the whole name, add `# resolver: ignore[wildcard]` to the line"
        message = f"the {name.what} `{name.name}` looks like a pattern, but a name is compared letter by letter"
        yield Diagnostic("wildcard", legible(message), name.place, legible(help), Level.WARNING)


def _letters(name: str) -> str:
    return re.sub(r"[-_. ]", "", name.casefold())


def _outside(used: Iterable[UsedName], closing: set[str], problems: Problems) -> Iterator[Diagnostic]:
    """Yield a warning for each name that is not in the list that closes its vocabulary."""
    for name in used:
        if name.name not in closing:
            message = f"the {name.what} `{name.name}` is not in `{LISTS[name.what]}`"
            help = problems.guess(name.name, closing) or f"add it to the list, or use one of {listed(sorted(closing))}"
            yield _unlisted(message, name, help)


def _no_names(used: Iterable[UsedName]) -> Iterator[Diagnostic]:
    """Yield a warning for each name that is probably written for no name."""
    for name in used:
        if stands_for_no_name(name.what, name.name):
            help = no_name_help(name.what, LISTS[name.what], in_rule=name.in_rule)
            yield _unlisted(no_name_message(name.what, name.name), name, help)


def _near(own: dict[str, UsedName], mentions: dict[str, int], only_in_rules: set[str]) -> Iterator[Diagnostic]:
    """Yield a warning for each name that is near one with more mentions.

    Of two names with as many mentions, a name of the tables is right, and the name of a rule is the mistake. If both or
    neither are in the tables, the first one is right. Of very many names, only the first are compared.
    """
    for name, used in islice(own.items(), MOST_COMPARED // max(1, len(mentions))):
        meant = near_miss(name, mentions, least_replaced=LEAST_REPLACED_IN_WORDS)
        if meant is None or mentions[meant] < mentions[name]:
            continue
        if meant in own and mentions[name] > 1:
            continue
        list_name, is_tie = LISTS[used.what], mentions[meant] == mentions[name]
        if is_tie and name == min(name, meant, key=lambda each: (each in only_in_rules, own[each].place.sort_key)):
            continue
        message = f"the {used.what} `{name}` is almost `{meant}`, which is another {used.what}"
        help = f"did you mean `{meant}`? if not, list {'both' if meant in own else 'it'} in `{list_name}`"
        if is_tie:
            help = f"did you mean `{meant}`, or is that one the mistake? if both are meant, list both in `{list_name}`"
        yield _unlisted(message, used, help)


def _providers(used: list[UsedName], tiers: ModelTiers, problems: Problems) -> Iterator[Diagnostic]:
    """Yield a warning for each provider that only `provider_order` has, or only one tier with a near name elsewhere."""
    holders: dict[str, set[str]] = {}
    for tier in tiers.tiers.values():
        for provider in tier.providers:
            holders.setdefault(provider, set()).add(tier.name)
    warned: set[str] = set()
    for name in used:
        if name.what != "provider" or name.name in warned or looks_like_pattern(name.name):
            continue
        if name.name not in holders and name.where == "provider_order" and holders:
            warned.add(name.name)
            message = f"`provider_order` names `{name.name}`, which no tier has a model at"
            free = [provider for provider in holders if provider not in tiers.provider_order]
            help = problems.guess(name.name, free)
            help = help or f"remove it, or give a tier a model at it; used: {listed(holders)}"
            yield Diagnostic("unused-provider", legible(message), name.place, legible(help), Level.WARNING)
        elif (
            len(holders) ** 2 <= MOST_COMPARED
            and name.where != "provider_order"
            and len(holders.get(name.name, ())) == 1
        ):
            apart = [other for other in holders if not holders[other] & holders[name.name] and other not in warned]
            meant = near_miss(name.name, apart)
            if meant is not None and (len(holders[meant]) > 1 or not _is_first(used, name, meant)):
                warned.add(name.name)
                message = f"only the tier `{name.where}` has a model at `{name.name}`, which is almost `{meant}`"
                yield _unlisted(message, name, f"did you mean `{meant}`?")


def _is_first(used: list[UsedName], name: UsedName, other: str) -> bool:
    """Return whether a provider is in the files before another one."""
    return next(each.name for each in used if each.what == "provider" and each.name in (name.name, other)) == name.name


def _unlisted(message: str, name: UsedName, help: str) -> Diagnostic:
    return Diagnostic("unlisted", legible(message), name.place, legible(help), Level.WARNING)
