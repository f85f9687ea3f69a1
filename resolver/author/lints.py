"""Lints: warnings about a policy that loads, which only authors who ask for them see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from resolver.author.check_pages import level_of, pages
from resolver.diagnostics import Diagnostic, Level, Place, legible
from resolver.domain import Ignore, Policy, plain_options
from resolver.loader import without_ignored
from resolver.loader.problems import Problems


def lint(policy: Policy) -> tuple[Diagnostic, ...]:
    """Return the lints of a policy: `no-because`, `same-model` and `needless-ignore`.

    Args:
        policy: The policy, with the warnings of its proof. A comment that suppresses one of these is not needless.

    """
    shown, ignored = without_ignored([*_without_because(policy), *_same_models(policy)])
    shown += needless_ignores(policy.ignores, [*policy.ignored, *ignored])
    return tuple(sorted(shown, key=lambda diagnostic: diagnostic.sort_key))


def _without_because(policy: Policy) -> Iterator[Diagnostic]:
    for rules in policy.rules.values():
        for rule in rules:
            if not rule.because:
                help = "say in one sentence why it decides as it does: people read it beside each decision"
                yield _warning("no-because", f"the rule `{rule.name}` has no `because`", rule.place, help)


def _same_models(policy: Policy) -> Iterator[Diagnostic]:
    """Yield a warning for each model that a lower tier has at the same provider, with the same options."""
    tiers = policy.model_tiers
    for provider in sorted(tiers.used_providers):
        lower: dict[tuple[str, str], str] = {}
        for name, tier in tiers.tiers.items():
            place = tiers.places.get(("tiers", name, provider))
            if provider not in tier.providers or place is None:
                continue
            options = json.dumps(plain_options(tier.options.get(provider, {})), sort_keys=True)
            model = tier.providers[provider], options
            if (below := lower.get(model)) is not None:
                same = f"`{name}` has the same model at `{provider}` as `{below}`"
                help = "give one of the two another model, or other options"
                yield _warning("same-model", f"{same}: an escalation changes nothing there", place, help)
            lower[model] = name


def needless_ignores(ignores: Iterable[Ignore], ignored: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield a warning for each comment that suppresses nothing.

    Args:
        ignores: The comments.
        ignored: The warnings that they suppress.

    """
    problems = Problems()
    repeated: set[tuple[object, ...]] = set()
    used = {(warning.code, warning.place.source, warning.place.line) for warning in ignored}
    for ignore in ignores:
        code, place = ignore.code, ignore.place
        if (key := (code, place.source, place.line)) in used:
            used.remove(key)
            repeated.add(key)
            continue
        message, help = f"no warning `{code}` is about this line", "remove it"
        if key in repeated:
            message = f"`{code}` is suppressed on this line already"
        elif not code:
            message, help = (
                "this comment suppresses nothing",
                "write `# resolver: ignore[code]`, with a warning's code",
            )
        elif code not in pages():
            message, help = f"no check has the code `{code}`", problems.guess(code, pages()) or help
        elif level_of(code) is Level.ERROR:
            message = f"`{code}` is an error, and comments suppress only warnings"
        elif place.source.line(place.line).lstrip().startswith("#"):
            help = "write it at the end of the line that the warning is about, or remove it"
        yield _warning("needless-ignore", message, place, help)


def _warning(code: str, message: str, place: Place, help: str) -> Diagnostic:
    return Diagnostic(code, legible(message), place, legible(help), Level.WARNING)
