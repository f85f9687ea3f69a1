"""The pruner: old keys and events go in small batches, by the server's clock, one process at a time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, event, insert, select, text, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from resolver import ResolverError
from resolver.cli import main
from resolver.facade.opening import keep_history
from resolver.state.sql import StateURL, retention
from resolver.state.sql.retention import SECONDS_OF_LEASE, Pruner, history_days, set_history_days
from resolver.state.sql.sql_tables import HISTORY, OUTCOME, SETTING
from tests.state.conftest import Place
from tests.state.own import fail
from tests.state.sql.waiting import until

DAY = 24 * 60 * 60


@contextmanager
def connected(place: Place, url: str | None = None) -> Iterator[Connection]:
    """A connection with the program's rights, in autocommit mode."""
    engine = create_engine(StateURL.parse(url or str(place.app)).url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def add_keys(connection: Connection, **ages: float) -> None:
    """Keys of outcomes, each so many days old."""
    rows = [{"key": key, "time": int(time.time() - days * DAY)} for key, days in ages.items()]
    connection.execute(insert(OUTCOME), rows)


def add_events(connection: Connection, **times: datetime | str) -> None:
    """Events of triads of these names."""
    empty = {"role": "r", "errors": "[]", "revision": "", "process": "", "reason": "", "what": "hold"}
    texts = {triad: time if isinstance(time, str) else time.isoformat() for triad, time in times.items()}
    connection.execute(insert(HISTORY), [{"triad": triad, "time": time, **empty} for triad, time in texts.items()])


def keys(connection: Connection) -> set[str]:
    return set(connection.execute(select(OUTCOME.c.key)).scalars())


def triads(connection: Connection) -> set[str]:
    return set(connection.execute(select(HISTORY.c.triad)).scalars())


def prune(connection: Connection, pruner: Pruner | None = None) -> int:
    """Let a pruner do all it has to do, and return how often it was called."""
    pruner = pruner or Pruner()
    calls = 1
    while pruner.batch(connection):
        calls += 1
    return calls


def shift_lease(connection: Connection, seconds: int) -> None:
    connection.execute(update(SETTING).where(SETTING.c.name == "pruned").values(value=SETTING.c.value + seconds))


class TestWhatIsDeleted:
    """`One pruner at a time, small batches, the server's clock. History has a retention setting`."""

    def test_old_keys_go_and_others_stay(self, shared: Place) -> None:
        with connected(shared) as connection:
            add_keys(connection, ancient=10_000, old=8.01, young=7.99, new=0, future=-9)
            prune(connection)
            assert keys(connection) == {"young", "new", "future"}

    def test_history_is_kept_for_ever_at_first(self, shared: Place) -> None:
        with connected(shared) as connection:
            add_events(connection, old=datetime(1970, 1, 1, tzinfo=UTC))
            prune(connection)
            assert triads(connection) == {"old"}

    def test_history_goes_once_it_is_older(self, shared: Place) -> None:
        """Times with and without microseconds, and around the second."""
        now = datetime.now(UTC)
        edge = now - timedelta(days=90)
        with connected(shared) as connection:
            add_events(
                connection,
                ancient=datetime(1, 1, 1, tzinfo=UTC),
                older=edge - timedelta(seconds=60),
                whole=(edge - timedelta(seconds=60)).replace(microsecond=0),
                younger=edge + timedelta(seconds=60),
                whole_younger=(edge + timedelta(seconds=60)).replace(microsecond=0),
                new=now,
                damaged="x",
            )
            assert set_history_days(connection, 90) is None
            prune(connection)
            assert triads(connection) == {"younger", "whole_younger", "new", "damaged"}
            assert history_days(connection) == 90

    def test_setting_that_makes_no_sense_deletes_nothing(self, shared: Place) -> None:
        with connected(shared) as connection:
            for days in (-1, -(2**63), 2**63 - 1, 36_501):
                add_events(connection, old=datetime(1970, 1, 1, tzinfo=UTC))
                connection.execute(update(SETTING).where(SETTING.c.name == "history_days").values(value=days))
                shift_lease(connection, -2 * SECONDS_OF_LEASE)
                prune(connection)
                assert triads(connection) == {"old"}

    def test_batches_are_small_and_each_is_one_statement(self, shared: Place) -> None:
        """No statement deletes more than 250 rows, also where all have the same time, and none is in a transaction."""
        old = int(time.time()) - 9 * DAY
        rows = [{"key": f"k{number}", "time": old - (number % 3 == 0)} for number in range(2_500)]
        with connected(shared) as connection:
            connection.execute(insert(OUTCOME), rows)
            pruner, sizes, sent = Pruner(), [2_500], [0]
            event.listen(connection, "before_cursor_execute", lambda *_: sent.append(sent.pop() + 1))
            more = True
            while more:
                sent[0] = 0
                more = pruner.batch(connection)
                assert sent[0] <= 1
                sizes.append(len(keys(connection)))
            assert sizes[-1] == 0
            assert max(before - after for before, after in pairwise(sizes)) == 250


class TestTheServersClock:
    """`one host whose clock runs ahead deletes everybody's keys`."""

    @pytest.mark.parametrize("days", [9, -9])
    def test_clock_of_the_host_does_not_matter(self, shared: Place, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
        with connected(shared) as connection:
            add_keys(connection, old=8.01, young=7.99, new=0)
            add_events(connection, old=datetime.now(UTC) - timedelta(days=11), new=datetime.now(UTC))
            set_history_days(connection, 10)
            real = time.time
            monkeypatch.setattr(time, "time", lambda: real() + days * DAY)
            prune(connection)
            assert keys(connection) == {"young", "new"}
            assert triads(connection) == {"new"}

    @pytest.mark.slow
    @pytest.mark.parametrize("days", [9, -9])
    def test_process_with_a_wrong_clock_takes_nothing_from_others(self, shared: Place, days: int) -> None:
        program = (
            f"import sys, time; real = time.time; time.time = lambda: real() + {days * DAY}\n"
            "from resolver import Resolver\nwith Resolver.open(sys.argv[1], state=sys.argv[2]): time.sleep(2)"
        )
        with connected(shared) as connection:
            add_keys(connection, **{f"k{number}": number / 10 for number in range(50)})
            command = [sys.executable, "-c", program, str(shared.policy(1)), str(shared.app)]
            subprocess.run(command, check=True, timeout=60)
            assert len(keys(connection)) == 50


class TestOneAtATime:
    def test_second_pruner_does_nothing(self, shared: Place) -> None:
        with connected(shared) as one, connected(shared) as two:
            add_keys(one, old=9)
            first, second = Pruner(), Pruner()
            assert first.batch(one)
            assert not second.batch(two)
            assert not second.batch(two)
            assert prune(one, first)
            assert keys(one) == set()
            add_keys(one, older=9)
            prune(two)
            assert keys(one) == {"older"}  # not before the lease has ended

    def test_pruner_that_died_is_replaced_after_an_hour(self, shared: Place) -> None:
        with connected(shared) as connection:
            add_keys(connection, old=9)
            assert Pruner().batch(connection)
            shift_lease(connection, 5 - SECONDS_OF_LEASE)
            assert not Pruner().batch(connection)
            shift_lease(connection, -10)
            prune(connection)
            assert keys(connection) == set()

    def test_lease_of_a_server_whose_clock_was_ahead_is_none(self, shared: Place) -> None:
        """After a failover to a server whose clock is right, somebody prunes."""
        with connected(shared) as connection:
            add_keys(connection, old=9)
            assert Pruner().batch(connection)
            shift_lease(connection, 9 * DAY)
            prune(connection)
            assert keys(connection) == set()

    def test_pruner_stops_when_its_lease_ends(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """A host that was frozen for an hour does not prune beside its successor."""
        clock = [1_000.0]
        monkeypatch.setattr(retention, "monotonic", lambda: clock[0])
        with connected(shared) as connection:
            add_keys(connection, old=9)
            frozen = Pruner()
            assert frozen.batch(connection)
            assert frozen.batch(connection)
            clock[0] += SECONDS_OF_LEASE
            shift_lease(connection, -SECONDS_OF_LEASE)
            assert Pruner().batch(connection)  # the successor
            assert not frozen.batch(connection)
            assert keys(connection) == {"old"}

    def test_nothing_is_asked_for_an_hour_after_the_work(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = [1_000.0]
        monkeypatch.setattr(retention, "monotonic", lambda: clock[0])
        with connected(shared) as connection:
            pruner = Pruner()
            prune(connection, pruner)
            sent: list[object] = []
            event.listen(connection, "before_cursor_execute", lambda *arguments: sent.append(arguments[2]))
            for _ in range(59):
                clock[0] += 60
                assert not pruner.batch(connection)
            assert sent == []
            clock[0] += 20 * 60
            pruner.batch(connection)
            assert len(sent) == 1

    def test_pruning_goes_on_after_an_error(self, shared: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """The process still has the lease; it waits for a minute, and another connection will do."""
        clock = [1_000.0]
        monkeypatch.setattr(retention, "monotonic", lambda: clock[0])
        pruner = Pruner()
        with connected(shared) as connection:
            add_keys(connection, old=9)
            assert pruner.batch(connection)
            connection.connection.driver_connection.close()  # type: ignore[union-attr]
            with pytest.raises(SQLAlchemyError):
                pruner.batch(connection)
            connection.invalidate()
        with connected(shared) as connection:
            assert not pruner.batch(connection)
            clock[0] += 61
            prune(connection, pruner)
            assert keys(connection) == set()

    def test_process_that_cannot_prune_goes_on(
        self, shared: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """As on a hot standby, which is read-only: that is said once, and the database is not away."""

        def refused(*_: object) -> bool:
            raise OperationalError("UPDATE", {}, Exception("read-only"))

        monkeypatch.setattr(Pruner, "is_due", True)
        monkeypatch.setattr(Pruner, "batch", refused)
        with shared.open() as resolver:
            for number in range(3):
                fail(resolver, times=3, triad=f"t{number}")
                resolver.escalations()
            until(lambda: "old rows are not deleted" in caplog.text, 5)
            health = resolver.health()
            assert (health.ok, health.store.queued, len(resolver.escalations())) == (True, 0, 3)
        assert caplog.text.count("old rows are not deleted") == 1


class TestRights:
    def test_no_right_to_forget_is_said(self, served: Place, caplog: pytest.LogCaptureFixture) -> None:
        """When the retention is set, and once when it should shorten the history; keys go nevertheless."""
        with connected(served, served.owner) as owner:
            owner.execute(text("REVOKE DELETE ON resolver_history FROM resolver_app"))
        with connected(served) as connection:
            add_keys(connection, old=9)
            add_events(connection, old=datetime(2000, 1, 1, tzinfo=UTC))
            warning = set_history_days(connection, 90)
            assert warning is not None
            assert "`GRANT DELETE ON resolver_history TO resolver_app`" in warning
            prune(connection)
            assert (keys(connection), triads(connection)) == (set(), {"old"})
            assert caplog.messages == [warning]


class TestTheCommand:
    def test_state_retention(self, shared: Place) -> None:
        """Shows and sets, with the program's rights."""

        def run(*arguments: str) -> tuple[int, str]:
            result = CliRunner().invoke(main, ["state", "retention", *arguments], env={"RESOLVER_STATE": shared.app})
            return result.exit_code, result.output

        assert run() == (0, "the history is kept for ever\n")
        assert run("365") == (0, "the history is kept for 365 days\n")
        assert run("--format", "json") == (0, '{\n  "history_days": 365\n}\n')
        assert run("1") == (0, "the history is kept for a day\n")
        assert run("36500") == (0, "the history is kept for 36,500 days\n")
        for wrong in ("0", "soon", "1.5", "٣", "9" * 5_000, ""):
            code, said = run(wrong)
            assert (code, "takes a number of days, such as 90, or `forever`" in said) == (2, True)
        code, said = run("36501")
        assert (code, "1 to 36,500 days" in said) == (2, True)
        assert run() == (0, "the history is kept for 36,500 days\n")
        assert run("forever") == (0, "the history is kept for ever\n")

    def test_without_tables_there_is_none(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        file = tmp_path_factory.mktemp("none") / "state.db"
        with pytest.raises(ResolverError, match="has no tables of this program"):
            keep_history(f"sqlite:///{file}")
        assert not file.exists()

    def test_lost_row_is_said(self, shared: Place) -> None:
        with connected(shared, shared.owner) as owner:
            owner.execute(text("DELETE FROM resolver_setting"))
        for days in (None, 7):
            with pytest.raises(ResolverError, match="has no row `history_days`"):
                keep_history(str(shared.app), days)
        with connected(shared) as connection:
            assert not Pruner().batch(connection)
