"""The policy of a command: the one that `--policies` names, else `./policies`, else the shipped policy or a refusal."""

from __future__ import annotations

from pathlib import Path

from resolver.cli import options
from resolver.cli.output import echo_note
from resolver.domain import Policy
from resolver.loader import place_of_policy
from resolver.loader.shipped import taken_words

_NONE = "no ./policies here"
_REMEDY = "; name a policy with `--policies PATH`, or make one with `resolver init policies`"


def own_policy(given: Path | None) -> Path:
    """Return the path of the policy that an author works on; without one, print what to do and exit."""
    if given is None and _is_missing():
        options.fail(f"{_NONE}{_itself() or _REMEDY}")
    path = policy_path(given)
    from resolver.facade.interrupted import interrupted_renaming  # noqa: PLC0415  imports what the commands need anyway

    if interrupted := interrupted_renaming(path):
        echo_note(f"{interrupted} was interrupted; the same `resolver rename` finishes it")
    return path


def policy_or_shipped(given: Path | None) -> Path | None:
    """Return `given`, for `Resolver.open`; print a note if it is None and the shipped policy answers."""
    if given is None and _is_missing():
        echo_note(f"{_NONE}, so the shipped policy answers{_itself() or _REMEDY}")
    return given


def policy_path(given: Path | None) -> Path:
    """Return the path of the policy that `--policies` names, as `Resolver.open` finds it."""
    return place_of_policy(given).path


def _is_missing() -> bool:
    return place_of_policy(None).is_read_only


def name_of(given: Path | None, policy: Policy) -> str:
    """Return the name of a policy for people: its path, and the sections that it takes from the shipped policy.

    Args:
        given: The path that the user gave, None for `./policies` or the shipped policy.
        policy: The policy that was loaded from there.
    """
    taken = taken_words(policy.shipped_sections)
    return f"{policy_path(given)}" + (f" with the shipped {taken}" if taken else "")


def _itself() -> str:
    """Return a hint if the current directory is a policy, or has a file with one; else an empty text."""
    from resolver.author.policy_in_folder import policy_here  # noqa: PLC0415  only without a policy

    found = policy_here(Path())
    if found is None:
        return ""
    if found == Path():
        return "; this directory is itself a policy: use `--policies .`"
    return f"; `{found}` has sections of a policy: use `--policies {found}`"
