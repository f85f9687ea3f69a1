"""Lines of a difference, and the lines of changed models, settings and facts."""

from __future__ import annotations

from resolver.author.diff.changed_settings import CoolDownChange, ModelChange, ProviderChange
from resolver.author.diff.difference import Direction
from resolver.author.model_words import model_text, setting_text
from resolver.diagnostics import Place
from resolver.domain import Policy
from resolver.frozen import frozen


@frozen
class Line:
    """A group of changes in words: its requests, the old and new result, the rules and rows, and one example.

    `places` are where to look in the new policy.
    """

    direction: Direction
    who: str
    when: str
    change: str
    rules: str = ""
    rows: str = ""
    witness: str = ""
    places: tuple[Place, ...] = ()


def of_model(model: ModelChange) -> Line:
    """Return the line of another model or another order of providers."""
    where = f"at {model.provider}" if model.provider else "order of providers"
    old = model_text(model.old or "none", model.old_options)
    new = model_text(model.new or "none", model.new_options)
    return Line(Direction.CHANGES, f"tier {model.tier}", where, f"{old} → {new}", places=model.places)


def of_provider(provider: ProviderChange) -> Line:
    """Return the line of other settings of a provider."""
    change = "; ".join(f"{name} {setting_text(old)} → {setting_text(new)}" for name, old, new in provider.settings)
    return Line(Direction.CHANGES, f"provider {provider.new.name}", "", change, places=provider.places)


def of_cool_down(change: CoolDownChange) -> Line:
    """Return the line of another `cool_down`."""
    words = f"cool_down {change.old} → {change.new}"
    return Line(Direction.CHANGES, "every provider", "", words, places=change.places)


def of_refused(name: str, new: Policy) -> Line:
    """Return the line of a fact, or a value of it, that only the old policy accepts."""
    return Line(Direction.CHANGES, name, "", "requests can no longer give it", places=fact_places(name, new))


def of_accepted(name: str, new: Policy) -> Line:
    """Return the line of a fact, or a value of it, that only the new policy accepts."""
    return Line(Direction.CHANGES, name, "", "requests can now give it", places=fact_places(name, new))


def fact_places(name: str, new: Policy) -> tuple[Place, ...]:
    """Return where the new policy declares a fact, whose `name` may have a value after it."""
    fact = next((fact for fact in new.facts if name == fact or name.startswith((f"{fact}=", f"{fact} as "))), None)
    place = None if fact is None else new.facts[fact].place
    return () if place is None else (place,)
