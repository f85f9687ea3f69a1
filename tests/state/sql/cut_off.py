"""Hosts that are cut off from their database, and the spools in which their outcomes wait."""

from __future__ import annotations

import pytest

from resolver import Resolver
from resolver.state.sql.spool import Spool
from tests.state.conftest import Place


def spool_of(place: Place, host: int = 0) -> Spool:
    (path,) = place.policy(host).glob(".resolver.spool-????????.db")
    return Spool(path)


def depth(place: Place, host: int = 0) -> int:
    spool = spool_of(place, host)
    try:
        return spool.depth()
    finally:
        spool.close()


def cut_off(resolver: Resolver, patched: pytest.MonkeyPatch) -> None:
    """Keep one host from the database."""
    from resolver.state.sql.state_url import DatabaseUnavailableError  # noqa: PLC0415

    def nothing(*_: object) -> object:
        raise DatabaseUnavailableError("cut off")

    patched.setattr(resolver._store._database.connections, "take", nothing)  # type: ignore[attr-defined]
