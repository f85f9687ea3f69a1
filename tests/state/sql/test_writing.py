"""A message of writes is done as a whole or not at all, also if its sender is gone before the answer."""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from resolver import ResolverError
from resolver.domain import Streak, Subject
from resolver.state.sql import writing
from resolver.state.sql.database import Database
from resolver.state.sql.sql_rows import Stored, Write
from resolver.state.sql.state_url import StateURL
from tests.state.conftest import Place, place_of
from tests.state.own import fail

SUBJECTS = [Subject(f"t{number}", "worker_a") for number in range(12)]
SECONDS, WRITERS = 3, 4


def batch(database: Database, choose: random.Random) -> list[Write]:
    rows = database.rows(SUBJECTS)
    writes, keys = [], dict[Subject, str]()
    for subject in sorted(choose.choices(SUBJECTS, k=20)):
        judged = rows[subject]
        is_move = choose.random() < 0.2
        entry = choose.choice(["general", "reasoning"]) if is_move else judged.entry
        streak = Streak(1, "general", entry, ("é%;'\\:key",))
        after = Stored(judged.version + 1, judged.generation + is_move, entry, streak, judged.lowered)
        write = Write(subject, judged, after, None, uuid4().hex, keys.get(subject))
        rows[subject], keys[subject] = after, write.key
        writes.append(write)
    return writes


def hang_up(database: Database, choose: random.Random) -> None:
    """End the connections in the middle of whatever they do."""
    for held in list(database.connections._all):
        try:
            raw = held.raw
            number = raw.fileno() if hasattr(raw, "fileno") else raw._sock.fileno()
            with socket.socket(fileno=os.dup(number)) as copied:
                copied.shutdown(socket.SHUT_RDWR)
        except Exception:
            continue
    time.sleep(choose.uniform(0, 0.01))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "way"), [("postgresql", ""), ("mariadb", "mariadb"), ("mariadb", "mysql")])
def test_all_or_nothing(
    kind: str, way: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write has raised its row's version by one and left its key, in however many connections were lost."""
    place: Place = place_of(kind, tmp_path, request.getfixturevalue)
    if way:
        monkeypatch.setitem(writing._WAYS, "mariadb", writing._WAYS[way])
    done = [0]

    def write(seed: int) -> None:
        choose, database = random.Random(seed), Database(StateURL.parse(str(place.app)))
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                writes = batch(database, choose)
                if choose.random() < 0.4:
                    threading.Timer(choose.uniform(0, 0.01), hang_up, [database, choose]).start()
                done[0] += sum(revision is not None for revision in database.write(writes))
            except (SQLAlchemyError, ResolverError):
                continue
        database.connections.close_idle()

    writers = [threading.Thread(target=write, args=[seed]) for seed in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    engine = create_engine(place.owner)
    with engine.connect() as connection:
        versions = connection.execute(text("SELECT sum(version) FROM resolver_subject")).scalar_one()
        keys = connection.execute(text("SELECT count(*) FROM resolver_outcome")).scalar_one()
        moves = connection.execute(text("SELECT sum(generation) FROM resolver_subject")).scalar_one()
        clock = connection.execute(text("SELECT at FROM resolver_clock")).scalar_one()
    engine.dispose()
    assert int(versions) == keys >= done[0] > 0
    assert clock >= int(moves) > 0


def test_answer_that_cannot_be_read_is_a_lost_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Galera node was seen to garble an answer after it had written the outcome: it counts once all the same."""
    way, calls = writing._WAYS["sqlite"], []

    def garbled(cursor: object, writes: Sequence[Write]) -> writing.Written:
        written = way(cursor, writes)
        calls.append(written)
        if len(calls) == 1:
            raise struct.error("unpack_from requires a buffer of at least 9 bytes")
        return written

    monkeypatch.setitem(writing._WAYS, "sqlite", garbled)
    with place_of("sqlite", tmp_path, lambda _: pytest.fail("no server")).open() as host:
        assert str(fail(host)[0].effect) == "count"
        assert [streak.strikes for streak in host.streaks().values()] == [1]
    assert len(calls) == 1
