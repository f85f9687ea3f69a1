"""A policy-as-data resolver: rule files decide on which model tier each agent of a multi-agent system runs.

Importing this package is quick: each name is loaded from its room when it is first used.
"""

TYPE_CHECKING = False  # what `typing` has is the same for type checkers, and `typing` takes longer than all of this
if TYPE_CHECKING:
    from resolver.diagnostics import Diagnostic, Level, Place, PolicyError, ResolverError
    from resolver.domain import Decision, Escalation, Event, Explanation, Outcome, Streak, Subject
    from resolver.facade import DecisionLog, Resolver

__all__ = [
    "Decision",
    "DecisionLog",
    "Diagnostic",
    "Escalation",
    "Event",
    "Explanation",
    "Level",
    "Outcome",
    "Place",
    "PolicyError",
    "Resolver",
    "ResolverError",
    "Streak",
    "Subject",
]

_ROOMS = {
    "resolver.diagnostics": ("Diagnostic", "Level", "Place", "PolicyError", "ResolverError"),
    "resolver.domain": ("Decision", "Escalation", "Event", "Explanation", "Outcome", "Streak", "Subject"),
    "resolver.facade": ("DecisionLog", "Resolver"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its room, or a room (PEP 562)."""
    from importlib import import_module  # noqa: PLC0415  as `typing`

    if name not in _ROOM_OF:
        try:
            return import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
        raise AttributeError(f"module `resolver` has no attribute `{name}`")
    value: object = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
