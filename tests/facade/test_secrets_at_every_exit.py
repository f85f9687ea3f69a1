"""One function masks secrets wherever an error's text leaves the program."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver import Resolver, ResolverError
from resolver.cli import main
from resolver.domain import Subject
from resolver.serving import decision_log
from resolver.state.sqlite_file import SqliteFile
from tests.diagnostics.secret_notations import SECRET, SECRETS, key
from tests.diagnostics.test_secret_notations import parts, shows_secret
from tests.processes import ROOT, python
from tests.state.own import own_policy

LOGGERS = ("resolver", "resolver.policy")
LEAKY = f"invalid api key {SECRET}, {key('gsk_')} and postgresql://u:{SECRET}@db/x"


def test_no_secret_reaches_a_decision_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of the decision log have no secret of a fact, and the log shows the other facts as they are."""
    log = tmp_path / "decisions.jsonl"
    with Resolver.open(own_policy(tmp_path), decision_log=log) as resolver:
        decision = resolver.resolve("layout", "worker_a")
    facts: dict[str, str | int] = {"note": LEAKY, "api_key": "hunter2", "tenant": "acme-7", "size": 12}
    writer = decision_log.DecisionLog(log)
    writer.note("token", "worker_a", None, facts, decision, {}, None)
    writer.close()
    assert not shows_secret(log.read_bytes())
    logged = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert logged["triad"] == "token"
    assert logged["facts"] == {
        "note": "invalid api key ***, *** and postgresql://u:***@db/x",
        "api_key": "***",
        "tenant": "acme-7",
        "size": 12,
    }


class TestLogs:
    """Records are masked before a handler gets them, with their tracebacks."""

    @pytest.mark.parametrize("name", LOGGERS)
    def test_arguments_and_tracebacks_are_masked(self, name: str, caplog: pytest.LogCaptureFixture) -> None:
        """Whatever formatter an application has, it gets no secret; subjects and paths stay."""
        log = logging.getLogger(name)
        with caplog.at_level(logging.DEBUG, "resolver"):
            try:
                raise ResolverError(LEAKY) from ValueError(LEAKY)
            except ResolverError as error:
                log.exception(
                    "`%s` in `%s` failed %d times: %s", Subject("token", "worker_a"), Path("/a/secret"), 3, error
                )
                log.warning("%(what)s of %(number)d", {"what": LEAKY, "number": 3})
        (first, second) = caplog.records
        assert first.getMessage().startswith("`token:worker_a` in `/a/secret` failed 3 times: invalid api key ***, ***")
        assert second.getMessage() == "invalid api key ***, *** and postgresql://u:***@db/x of 3"
        assert first.exc_info is None
        assert "ResolverError" in (first.exc_text or "")
        assert not shows_secret(caplog.text + repr(vars(first)) + repr(vars(second)))

    def test_every_logger_is_masked(self) -> None:
        """A logger that a file adds is in the list of those that are filtered."""
        files = (ROOT / "resolver").rglob("*.py")
        names = {name for file in files for name in re.findall(r'getLogger\("(.*?)"\)', file.read_text("utf-8"))}
        assert names == set(LOGGERS)


OBSERVED = """
import json, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from resolver.serving.telemetry import provider_call, span
spans, tracers = InMemorySpanExporter(), TracerProvider()
tracers.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(tracers)
for block in (span, provider_call):
    try:
        with block("load", triad="token") if block is span else block(triad="token") as more:
            more["tier"] = "fast"
            raise ValueError(sys.argv[1])
    except ValueError:
        pass
print("\\n".join(each.to_json() for each in spans.get_finished_spans()))
"""


def test_no_secret_reaches_a_span() -> None:
    """Exception events and the status of a span have no secret; its attributes are names, which stay."""
    finished = python(OBSERVED, LEAKY)
    assert finished.stderr == ""
    assert '"exception.type": "builtins.ValueError"' in finished.stdout or '"ValueError"' in finished.stdout
    assert "invalid api key ***" in finished.stdout
    assert '"resolver.triad": "token"' in finished.stdout
    assert not shows_secret(finished.stdout)


def test_no_secret_reaches_a_drivers_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a file or a database repeats no secret of its driver's message."""
    file = SqliteFile(tmp_path / "x.db", lambda _: None, lambda *_: None)

    def fails(_: object) -> None:
        raise OSError(LEAKY)

    with pytest.raises(ResolverError, match=r"cannot use .*invalid api key \*\*\*") as caught:
        file.run(fails)
    assert not shows_secret(str(caught.value))


@pytest.mark.parametrize("form", [name for name in SECRETS if "\0" not in SECRETS[name][1]][::40])
def test_no_secret_reaches_what_commands_print(form: str, tmp_path: Path) -> None:
    """What `record`, `history`, `state` and `explain` print, in each format, has no secret."""
    secret, error = SECRETS[form]
    policies = ["--policies", str(own_policy(tmp_path))]
    printed = ""
    for arguments in (
        *[["record", "layout", "worker_a", "failure", "--error", error]] * 3,
        ["history"],
        ["history", "--format", "json"],
        ["history", "--format", "jsonl"],
        ["state"],
        ["explain", "layout", "worker_a"],
    ):
        result = CliRunner().invoke(main, [*arguments, *policies])
        assert result.exit_code == 0, result.output
        printed += result.output
    assert "***" in printed
    assert [part for part in parts(secret) if part in printed] == []
