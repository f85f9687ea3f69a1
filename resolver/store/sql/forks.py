"""Stores that go on working in the child of a fork, whose threads and connections stay in the parent."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """What has to know of forks."""

    def before_fork(self) -> None:
        """Come to rest."""

    def after_fork_in_parent(self) -> None:
        """Go on as before."""

    def after_fork_in_child(self) -> None:
        """Go on in another process."""


_ALL: WeakSet[Forked] = WeakSet()
_AT_REST: list[Forked] = []


def after_fork(store: Forked) -> None:
    """Let `store` know of forks from now on."""
    _ALL.add(store)


def _before() -> None:
    _AT_REST[:] = _ALL
    for store in _AT_REST:
        store.before_fork()


def _in_parent() -> None:
    for store in _AT_REST:
        store.after_fork_in_parent()
    _AT_REST.clear()


def _in_child() -> None:
    for store in _AT_REST:
        store.after_fork_in_child()
    _AT_REST.clear()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
