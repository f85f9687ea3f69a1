"""Words such as `none` that an author writes for no phase or no kind, and that are names like any others."""

from __future__ import annotations

_NO_NAME = frozenset(("none", "null", "nil", "undefined", "n/a", "-", "~"))
_OPTIONAL = ("phase", "kind")


def stands_for_no_name(what: str, name: str) -> bool:
    """Return whether a name is probably written to say that there is no phase, or no kind.

    >>> [stands_for_no_name("phase", name) for name in ("none", "No phase", "planning")]
    [True, True, False]
    """
    plain = name.strip().casefold()
    return what in _OPTIONAL and (plain in _NO_NAME or plain.replace("_", " ") == f"no {what}")


def no_name_message(what: str, name: str) -> str:
    """Return the message about such a name."""
    return f"the {what} `{name}` is a name like any other, and does not mean that there is no {what}"


def no_name_help(what: str, list_name: str, *, in_rule: bool) -> str:
    """Return the help for such a name in a policy, in a rule or in `phase_overrides`."""
    closing = f"if a {what} has this name, list it in `{list_name}`"
    if in_rule:
        return f"for no {what}, write `{{$nex: {{{what}: 1}}}}`; {closing}"
    return f"without a phase, `role_defaults` decides; {closing}"
