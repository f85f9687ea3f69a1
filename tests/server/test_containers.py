"""The files for Docker in examples/serve/: each step of compose.yaml, with PostgreSQL as the test starts it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from resolver.cli.serve import serve
from resolver.loader import shipped_policy
from resolver.server.settings import SECONDS_TO_STOP
from tests.processes import ROOT
from tests.server.processes import ServerProcess
from tests.servers import Postgres, running

FOLDER = ROOT / "examples" / "serve"
TOKEN = "a-token-of-sixteen-or-more-characters"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the examples are in the source tree")


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return services


def test_the_services_fit_together() -> None:
    """Names, secrets, volumes and files that a service uses are there, and each start waits for what it needs."""
    file = compose()
    services = file["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service.get("secrets", [])) <= set(file["secrets"])
        for volume in service.get("volumes", []):
            name = volume.partition(":")[0]
            assert (FOLDER / name).exists() if name.startswith(".") else name in file["volumes"]
    server, text = services["resolver"], (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    build = server["build"]
    assert (FOLDER / build["context"] / build["dockerfile"]).resolve() == FOLDER / "Dockerfile"
    given = serve.make_context("serve", [*server["command"]]).params
    assert str(given["token_file"]) == "/run/secrets/token"
    assert server["ports"] == ["127.0.0.1:8181:8181"]
    assert {"localhost", "127.0.0.1", "resolver"} == set(given["hosts"])
    assert int(server["stop_grace_period"].removesuffix("s")) > SECONDS_TO_STOP
    names = set(re.findall(r"\$\{(\w+):\?\}", text)) | {secret["environment"] for secret in file["secrets"].values()}
    [made] = re.findall(r"for name in ([A-Z_ ]+); do", text)
    assert set(made.split()) == names


def test_the_role_of_the_server_has_the_rights_of_the_page() -> None:
    """rights.sql grants what docs/operations.md lists, no more and no less."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    [block] = [block for block in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if "ALTER ROLE" in block]
    rights = (FOLDER / "rights.sql").read_text(encoding="utf-8").splitlines()
    listed = [line for line in block.splitlines() if line.startswith(("GRANT", "ALTER ROLE"))]
    assert [line for line in rights if line.startswith("GRANT") or " SET " in line] == listed


def test_the_image_has_what_it_needs() -> None:
    """Each file that is copied is there, the build is that of the README, and the server does not run as root."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    copied = [words.split() for words in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE)]
    assert {name for *names, _ in copied for name in names if not (ROOT / name).exists()} == set()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for setting in re.findall(r"(?:PIP_\w+|CPPFLAGS)=\S+", text):
        assert setting in readme
    assert "USER 10001:10001" in text
    [entry] = re.findall(r"^ENTRYPOINT (.+)$", text, re.MULTILINE)
    _, name = json.loads(entry)
    assert name == serve.name
    [probe] = re.findall(r"CMD (\[.+\])$", text, re.MULTILINE)
    compile(json.loads(probe)[2], "probe", "exec")


@pytest.mark.slow
def test_the_steps_of_compose_make_a_server_that_learns(tmp_path: Path) -> None:
    """The owner migrates, rights.sql makes the role, and the server runs with it, from names that it allows."""
    services = compose()["services"]
    policy = shutil.copytree(shipped_policy(), tmp_path / "policies")
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    with running(Postgres) as database, pytest.MonkeyPatch.context() as patch:
        database.call("createdb", "-h", "127.0.0.1", "-p", str(database.port), "-U", "root", "resolver")
        _, *migrate = services["migrate"]["entrypoint"]
        patch.setenv("RESOLVER_STATE", database.url("root", "resolver"))
        subprocess.run([sys.executable, "-m", "resolver", *migrate], cwd=ROOT, check=True, capture_output=True)
        psql, *_ = services["rights"]["command"]
        command = [str(database.program(psql)), *shlex.split(f"-h 127.0.0.1 -p {database.port} -U root -d resolver")]
        for _ in range(2):  # each start of the services runs it
            environment = os.environ | {"SERVER_PASSWORD": "change-me"}
            subprocess.run([*command, "-f", str(FOLDER / "rights.sql")], env=environment, check=True)
        patch.setenv("RESOLVER_STATE", database.url("resolver_app", "resolver", "change-me"))
        options = [option for option in services["resolver"]["command"] if not option.startswith(("--addr", "--token"))]
        with ServerProcess(policy, *options, "--token-file", "token") as process:
            server = f"http://{process.address}"
            failure = {"triad": "layout", "role": "worker_a", "failed": True}
            answers = [called(f"{server}/v1/outcomes", failure)["effect"] for _ in range(3)]
            assert answers == ["count", "count", "escalate"]
            assert called(f"{server}/v1/decide", {"triad": "layout", "role": "worker_a"})["tier"] == "reasoning"
            probe = re.findall(r'CMD \["python", "-c", "(.+)"\]', (FOLDER / "Dockerfile").read_text(encoding="utf-8"))[
                0
            ]
            probe = probe.replace("http://127.0.0.1:8181", server)
            subprocess.run([sys.executable, "-c", probe], check=True)


def called(url: str, body: object) -> dict[str, Any]:
    """Call a server as another container would, by the name of the service."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", "Host": "resolver:8181"}
    with urlopen(Request(url, json.dumps(body).encode(), headers)) as response:
        answer: dict[str, Any] = json.load(response)
        return answer
