"""The clients in examples/serve/: they ask, report and ask again, and repeat what can succeed later."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from resolver.loader import shipped_policy
from tests.server.processes import ServerProcess

FOLDER = Path(__file__).parents[2] / "examples" / "serve"
OFFLINE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E403|ENOTCACHED")
TOKEN = "a-token-of-sixteen-or-more-characters"
SHOWN = [
    "worker_a runs on general",
    "failure 1: count",
    "failure 2: count",
    "failure 3: escalate, general to reasoning",
    "worker_a runs on reasoning",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the examples are in the source tree"),
]


def curl(folder: Path) -> list[str]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    return ["sh", str(FOLDER / "curl.sh")]


def go(folder: Path) -> list[str]:
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    environment = {"GOCACHE": str(folder / "go"), "GOPATH": str(folder / "path"), "GOFLAGS": "-mod=mod"}
    source, program = FOLDER / "client.go", folder / "client"
    for command in (["go", "vet", str(source)], ["go", "build", "-o", str(program), str(source)]):
        subprocess.run(command, env=os.environ | environment, cwd=folder, check=True, timeout=600)
    assert subprocess.check_output(["gofmt", "-l", str(source)]) == b""
    return [str(program)]


def typescript(folder: Path) -> list[str]:
    """The command of the client; before Node 22.18, npm brings the compiler, which checks the types, too."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    version = subprocess.check_output(["node", "--version"], text=True)
    if tuple(map(int, version.strip().removeprefix("v").split("."))) >= (22, 18):
        return ["node", str(FOLDER / "client.ts")]
    if shutil.which("npm") is None:
        pytest.skip("this node runs no TypeScript, and npm is not installed")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    shutil.copy(FOLDER / "client.ts", folder)
    environment = os.environ | {"npm_config_cache": str(folder / "cache"), "npm_config_fetch_retries": "0"}
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "typescript@>=5.8", "@types/node"]
    done = subprocess.run(install, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("npm's registry cannot be reached")
    assert done.returncode == 0, done.stderr
    options = ["--strict", "--erasableSyntaxOnly", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    compiler = folder / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([compiler, *options, "client.ts"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return ["node", str(folder / "client.js")]


def run(command: list[str], server: str, token: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"RESOLVER_TOKEN": token}
    return subprocess.run([*command, server], env=environment, capture_output=True, text=True, timeout=120, check=False)


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a client has printed; that of curl, which prints the answers, in the words of the others."""
    shown = done.stdout.splitlines()
    if not shown or not shown[0].startswith("{"):
        return shown
    first, *outcomes, last = map(json.loads, shown)
    words = [f"worker_a runs on {first['tier']}"]
    for number, outcome in enumerate(outcomes, 1):
        risen = outcome["escalation"]
        to = f", {risen['from']} to {risen['to']}" if risen else ""
        words.append(f"failure {number}: {outcome['effect']}{to}")
    return [*words, f"worker_a runs on {last['tier']}"]


@pytest.fixture(scope="module", params=[curl, typescript, go], ids=lambda client: client.__name__)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of a client, whose argument is the URL of the server."""
    make: Callable[[Path], list[str]] = request.param
    return make(tmp_path_factory.mktemp("client"))


def test_three_failures_lead_to_a_higher_tier(client: list[str], tmp_path: Path) -> None:
    """A client that has the token gets answers; one that has another is told so."""
    policy = shutil.copytree(shipped_policy(), tmp_path / "policies")
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    with ServerProcess(policy, "--token-file", "token") as process:
        server = f"http://{process.address}"
        refused = run(client, server, "another")
        assert refused.returncode == 1
        assert "401" in refused.stderr
        assert "a token is needed" in refused.stderr
        done = run(client, server, TOKEN)
        assert (lines(done), done.stderr, done.returncode) == (SHOWN, "", 0)


def test_an_outcome_is_sent_again_with_its_key(client: list[str]) -> None:
    """After a 503, and after a connection that was closed before the answer; after other errors it is not."""
    with unreliable() as (server, keys):
        done = run(client, server)
        assert done.returncode == 1
        assert "422" in done.stderr
        assert "the triad is odd" in done.stderr
        first, *others = keys
        assert others[:3] == [others[0]] * 3
        assert others[3:] == [others[3]] != [others[0]]
        assert first != others[0]


@contextmanager
def unreliable() -> Iterator[tuple[str, list[str | None]]]:
    """Yield the URL of a server that answers the first outcome at the third time, and the keys that it has got."""
    keys: list[str | None] = []
    decision = {"tier": "general", "rule": "r", "because": "b", "models": {}, "options": {}, "revision": "0"}
    outcome = {"effect": "count", "rule": "r", "because": "b", "strikes": 1, "escalation": None}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            keys.append(self.headers["Idempotency-Key"])
            match len(keys):
                case 1:
                    self.answer(200, decision)
                case 2:
                    self.answer(503, {"detail": "later"})
                case 3:
                    self.close_connection = True
                case 4:
                    self.answer(200, outcome)
                case _:
                    self.answer(422, {"detail": "the triad is odd"})

        def answer(self, status: int, body: object) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", keys
        server.shutdown()
