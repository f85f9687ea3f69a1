"""A database that has lost changes, as in a failover, gets them back from the processes that saw them."""

from __future__ import annotations

import pytest

from resolver.domain import Subject
from tests.state.conftest import Place
from tests.state.own import fail
from tests.state.sql.test_sql_state import rows, run
from tests.state.sql.waiting import until

KEY = Subject("two", "worker_a")


@pytest.mark.slow
@pytest.mark.parametrize("meanwhile", ["nothing", "others"])
def test_acknowledged_entries_come_back(shared: Place, meanwhile: str, caplog: pytest.LogCaptureFixture) -> None:
    """Also if other subjects have been escalated since, so that the revision looks as it was."""
    with shared.open(0) as old:
        fail(old, times=3, triad="one")
        fail(old, times=3, triad="two")
        run(
            shared.owner,
            "DELETE FROM resolver_subject WHERE triad = 'two'",
            "DELETE FROM resolver_history WHERE triad = 'two'",
            "UPDATE resolver_clock SET at = 1",
        )
        with shared.open(1) as new:
            if meanwhile == "others":
                fail(new, times=3, triad="three")
            until(lambda: new.resolve("two", "worker_a").tier == old.resolve("two", "worker_a").tier == "reasoning", 20)
            assert old.escalations() == new.escalations()
            assert [event.what for event in new.history() if event.subject == KEY] == ["restore"]
        assert old.resolve("one", "worker_a").tier == "reasoning"
    assert caplog.text.count("has lost changes that this process has seen") == 1
    assert rows(shared.owner, "SELECT entry FROM resolver_subject WHERE triad = 'two'") == [("reasoning",)]
