"""The name at a place of a policy's texts, as an editor asks for it: where it is defined and used, and its renaming."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from resolver.author.rename.names import Occurrence
from resolver.author.rename.policy_names import PolicyNames, PolicyTexts
from resolver.author.rename.rename_edits import Edits, rename_edits
from resolver.frozen import frozen


@frozen
class NameAt:
    """A name at a place.

    Args:
        texts: The files of the policy and of its tests.
        place: The place.
        places: Every place of the name in the texts, in the order of the files.
        definitions: The places that define the name; they may be in the shipped policy.
    """

    texts: PolicyTexts
    place: Occurrence
    places: tuple[Occurrence, ...]
    definitions: tuple[Occurrence, ...]

    @property
    def uses(self) -> tuple[Occurrence, ...]:
        """The places that do not define the name."""
        return tuple(place for place in self.places if place not in self.definitions)

    def renamed(self, new: str) -> Edits:
        """Return the changes that give the name another name; arguments and errors as for `rename_edits`."""
        return rename_edits(self.texts, self.place.kind, self.place.name, new, self.place.ruleset)


def name_at(texts: PolicyTexts, path: Path, index: int) -> NameAt | None:
    """Return the name at an index of a file's text, or just before it; None if none is there.

    Args:
        texts: The files of the policy and of its tests.
        path: The file.
        index: The index.

    Raises:
        InputError: A file is not valid YAML.

    Example:
        >>> path = Path("policies/a.yaml")
        >>> texts = PolicyTexts(Path("policies"), {path: "model_tiers: {role_defaults: {critic: fast}}"})
        >>> found = name_at(texts, path, 38)
        >>> found.place.kind, found.place.name, found.definitions
        (<NameKind.TIER: 'tier'>, 'fast', ())
    """
    names = _names_of(texts.path, tuple(texts.texts.items()))
    place = names.at(path, index)
    if place is None:
        return None
    return NameAt(texts, place, tuple(names.places(*place.of)), tuple(names.definitions(*place.of)))


@lru_cache(maxsize=1)
def _names_of(path: Path, texts: tuple[tuple[Path, str], ...]) -> PolicyNames:
    """Return the names in texts. The last ones are cached, because an editor asks at each move of the cursor."""
    return PolicyNames(PolicyTexts(path, dict(texts)))
