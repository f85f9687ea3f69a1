"""What is secret in the URL of a state stays secret, and what the driver needs of it reaches the driver."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from resolver import Resolver, ResolverError
from resolver.cli import main
from resolver.state.sql import StateURL
from resolver.state.sql.database_errors import to_resolver_error
from tests.state.conftest import Place
from tests.state.own import fail, own_policy

SECRET = "s3cr3t-p@ss"
QUOTED = "s3cr3t-p%40ss"


class TestSecrets:
    """`The URL's password never shows in a log, error, explain or repr; TLS options pass through`."""

    BAD = (
        f"postgresql+psycopg://app:{QUOTED}@127.0.0.1:1/state",
        f"postgresql+psycopg://app@127.0.0.1:1/state?password={QUOTED}",
        f"mysql+pymysql://app:{QUOTED}@127.0.0.1:1/state",
        f"mysql+pymysql://app:{QUOTED}@127.0.0.1:1/state?ssl_ca=/nowhere.pem",
        f"oracle://app:{QUOTED}@127.0.0.1/state",
        f"postgresql+psycopg://app:{QUOTED}@127.0.0.1:port/state",
        f"app:{QUOTED}@127.0.0.1",
        f"postgresql+psycopg://app:{QUOTED}@127.0.0.1:1/state?nonsense={QUOTED}",
        f"sqlite:////nowhere/{SECRET[:0]}state.db",
    )

    @pytest.mark.parametrize("url", BAD)
    def test_errors_do_not_show_it(self, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        policy = own_policy(tmp_path)
        with caplog.at_level(logging.DEBUG), pytest.raises(ResolverError) as caught:
            Resolver.open(policy, state=url)
        shown = "".join(traceback.format_exception(caught.value)) + caplog.text
        told = CliRunner().invoke(main, ["record", "a", "b", "failure", "--policies", str(policy), "--state", url])
        assert told.exit_code == 2
        for secret in (SECRET, QUOTED):
            assert secret not in shown + told.output

    def test_nothing_that_is_shown_has_it(self, served: Place, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG), served.open() as resolver:
            fail(resolver, times=3)
            store = resolver._store
            shown = [
                repr(resolver),
                repr(store),
                repr(resolver.explain("layout", "worker_a")),
                repr(resolver.history()),
            ]
            shown += [repr(store._database), repr(store._database.url), str(store._database.url)]  # type: ignore[attr-defined]
            shown += [repr(store._database.connections), repr(store._database.connections._engine)]  # type: ignore[attr-defined]
        assert "change-me" not in "".join(shown) + caplog.text

    def test_a_message_that_repeats_the_password_is_redacted(self) -> None:
        url = StateURL.parse(f"postgresql+psycopg://app:{QUOTED}@db/state")
        error = OperationalError("SELECT 1", {}, Exception(f"no such user with password {SECRET}\nDETAIL: more"))
        assert (
            str(to_resolver_error(url, error)) == "cannot use `postgresql://db/state`: no such user with password ***"
        )

    def test_tls_options_pass_through(self, served: Place) -> None:
        """A server without TLS is refused by whoever demands it, by the driver's own option."""
        option = "sslmode=require" if served.kind == "postgresql" else "ssl_ca=/nowhere.pem"
        with pytest.raises(ResolverError, match=r"(?i)ssl|no such file"):
            Resolver.open(served.policy(), state=f"{served.app}?{option}")
