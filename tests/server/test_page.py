"""docs/serve.md shows what a server answers, and the limits that it has."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from resolver.cli.serve import serve
from resolver.facade import event_feed
from resolver.json_forms import bodies
from resolver.loader import shipped_policy
from resolver.server import settings
from resolver.serving import calls
from tests.server.processes import ServerProcess

PAGE = Path(__file__).parents[2] / "docs" / "serve.md"
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""

pytestmark = pytest.mark.skipif(not TEXT, reason="the pages are in the source tree")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_call_answers_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks are one session; `…` in an answer is any text."""
    for program in ("curl", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    monkeypatch.chdir(tmp_path)
    policy = shutil.copytree(shipped_policy(), Path("policies"))
    Path("admin-token").write_text("a-token-of-sixteen-or-more-characters\n", encoding="utf-8")
    session = "".join(blocks("shell-session"))
    with ServerProcess(policy, "--admin-token-file", "admin-token") as server:
        for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            called = command.replace("localhost:8181", server.address)
            assert (called != command) == ("curl" in command)
            answer = subprocess.run(["sh", "-c", called], capture_output=True, text=True, check=False)
            expected = ".*".join(map(re.escape, shown.strip().split("…")))
            assert re.fullmatch(expected, answer.stdout.strip(), re.DOTALL), f"{command}\n{answer.stdout}"
            assert answer.stderr == ""
        assert server.stop() == 0


def test_every_command_line_of_the_page_is_one() -> None:
    """Each `resolver serve` has options that it takes."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("resolver serve")]
    assert len(lines) >= 3
    for line in lines:
        _, name, *options = shlex.split(line)
        assert serve.make_context(name, options)


def test_the_page_lists_every_option_of_its_own() -> None:
    """Those of all commands, `--policies` and `--state`, are in the text."""
    options = {option for parameter in serve.params for option in parameter.opts if option.startswith("--")}
    assert {option for option in options if f"`{option}" not in TEXT} == set()


def test_the_limits_are_those_of_the_server() -> None:
    """Each number is in the table once, and each constant is in it."""
    rows = dict(re.findall(r"^\| (.+?) \| (.*?) \| .*\|$", TEXT.partition("## Limits")[2], re.MULTILINE))
    limits = {
        "head of a request": f"{settings.LARGEST_HEAD >> 10} KiB",
        "body of a request": f"{settings.LARGEST_BODY >> 20} MiB",
        "request in chunks, all bytes that are sent": f"{settings.LARGEST_REQUEST >> 20} MiB",
        "request, time to send it": f"{settings.SECONDS_TO_SEND:g} s",
        "bodies that are being received": f"{settings.MOST_BUFFERED >> 20} MiB in all",
        "decisions in one request": f"{settings.MOST_DECISIONS:,}",
        "outcomes in one request": f"{settings.MOST_OUTCOMES:,}",
        "texts of one policy": f"{bodies.MOST_TEXTS:,}",
        "events of the history in one answer": f"{settings.MOST_EVENTS:,}",
        "calls that wait for a disk or a database": f"{calls.MOST_CALLS} at a time",
        "policies that are proven or compared, and tables": f"{calls.MOST_PROOFS} at a time",
        "proof or comparison of a policy": f"{calls.SECONDS_TO_PROVE:g} s",
        "clients that follow events": f"{event_feed._MOST_LISTENERS}",
        "events that wait for a slow client": f"{event_feed._MOST_WAITING:,}",
        "events: a sign of life": f"each {event_feed._SECONDS_ALIVE:g} s",
        "client that does not take its answer": f"{settings.SECONDS_TO_READ:g} s",
        "connection without a request": f"{settings.SECONDS_IDLE} s",
        "stop of the server": f"{settings.SECONDS_TO_STOP} s",
    }
    assert {name: rows.get(name) for name in limits} == limits
    constants = {
        name for module in (settings, calls) for name, value in vars(module).items() if _is_number(name, value)
    }
    source = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in constants if f".{name}" not in source} == set()


def _is_number(name: str, value: object) -> bool:
    return name.isupper() and isinstance(value, int | float)


def test_the_sidecar_is_one() -> None:
    """Its options, volumes and probes fit together, and those of the image."""
    scraped, text = blocks("yaml")
    assert yaml.safe_load(scraped)["scrape_configs"]
    secret, deployment = yaml.safe_load_all(text)
    pod: dict[str, Any] = deployment["spec"]["template"]["spec"]
    [server] = pod["initContainers"]
    assert serve.make_context("serve", [*server["args"]]).params["address"] == "127.0.0.1"
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in server["volumeMounts"]} == set(volumes)
    folders = [mount["mountPath"] for mount in server["volumeMounts"]]
    assert [folder for folder in folders if not any(folder in arg for arg in server["args"])] == ["/srv/resolver/state"]
    key = server["env"][0]["valueFrom"]["secretKeyRef"]
    assert key["name"] == secret["metadata"]["name"] == volumes["tokens"]["secret"]["secretName"]
    assert {key["key"], volumes["tokens"]["secret"]["items"][0]["key"]} == set(secret["stringData"])
    image = (PAGE.parents[1] / "examples" / "serve" / "Dockerfile").read_text(encoding="utf-8")
    assert "RESOLVER_SPOOL=/srv/resolver/state" in image
    assert f"USER {server['securityContext']['runAsUser']}" in image
    assert server["startupProbe"]["exec"]["command"][-1] in image
    assert pod["terminationGracePeriodSeconds"] > settings.SECONDS_TO_STOP
