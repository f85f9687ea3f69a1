"""Agents on agno's own classes, without numbered keys, over real HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from agno.models.message import Message

from examples.loopback import Failure, Loopback
from resolver import Resolver
from resolver.agents import Pool
from resolver.domain import Options
from tests.agents.agents import WAYS, agent_of, asked, ran
from tests.agents.plain import plain_policy, provider_params, served_by, set_plain, settings_of

every_provider = pytest.mark.parametrize("provider", provider_params())
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that answers for every provider, one plain key each."""
    with Loopback() as loopback:
        set_plain(monkeypatch, loopback)
        yield loopback


@every_provider
@every_way
def test_an_agent_runs_on_agnos_class(plain: Loopback, tmp_path: Path, provider: str, way: str) -> None:
    """Every kind of provider answers, whole and streamed, sync and async, with its usual key."""
    policy = plain_policy(tmp_path / "p", {provider: "some-model"}, {provider: settings_of(plain, provider)})
    with Resolver.open(policy) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
    (request,) = plain.asked
    name = served_by(provider)
    key = {"ollama": "", "local": "not-provided"}.get(name, f"{name}-key-of-loopback")
    assert (request.provider, request.model, request.key) == (name, "some-model", key)
    assert request.stream == way.endswith("stream")


@pytest.mark.parametrize("provider", provider_params())
@every_way
def test_a_failure_is_asked_once(plain: Loopback, tmp_path: Path, provider: str, way: str) -> None:
    """No SDK tries the same provider again: the next provider of the tier is asked at once."""
    plain.answer(Failure(500), model="first")
    models = {provider: "first", "second": "second"}
    settings = {provider: settings_of(plain, provider), "second": settings_of(plain, "like")}
    with Resolver.open(plain_policy(tmp_path / "p", models, settings, provider_order=[*models])) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
    assert asked(plain) == [served_by(provider), "local"]


@pytest.mark.parametrize("provider", provider_params())
def test_server_and_key_are_the_policys(
    plain: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """`base_url` and `api_key_env` outrank the usual variables."""
    url = plain.base_url(served_by(provider))
    for name in list(os.environ):
        if name.endswith(("_BASE_URL", "_HOST")):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("A_KEY", "a-key-of-this-test")
    settings = settings_of(plain, provider, base_url=url, api_key_env="A_KEY")
    with Resolver.open(plain_policy(tmp_path / "p", {provider: "m"}, {provider: settings})) as resolver:
        assert ran(agent_of(resolver), "run").content == "ok"
    assert [request.key for request in plain.asked] == ["a-key-of-this-test"]


@pytest.mark.parametrize(
    ("provider", "options", "sent"),
    [
        *[(name, {"temperature": 0.25}, {"temperature": 0.25}) for name in ("chat", "like", "groq", "cerebras")],
        pytest.param("openai", {"reasoning_effort": "high"}, {"reasoning": {"effort": "high"}}),
        *[
            pytest.param(*row.values, *more, marks=row.marks)
            for row, more in (
                (provider_params("anthropic")[0], ({"max_tokens": 77}, {"max_tokens": 77})),
                (provider_params("ollama")[0], ({"options": {"seed": 3}}, {"options": {"seed": 3}})),
            )
        ],
        ("gemini", {"temperature": 0.25}, {"generationConfig": {"temperature": 0.25}}),
    ],
)
@pytest.mark.parametrize("of", ["provider", "model"])
def test_options_reach_the_server(
    plain: Loopback, tmp_path: Path, provider: str, options: Options, sent: dict[str, object], *, of: str
) -> None:
    """Options of a provider, and of a model, are arguments of agno's class."""
    settings = settings_of(plain, provider, **({"options": options} if of == "provider" else {}))
    policy = plain_policy(tmp_path / "p", {provider: "m"}, {provider: settings})
    with Resolver.open(policy) as resolver:
        pool = Pool(lambda: resolver.providers, lambda: 30)
        model, _ = pool.model(provider, "m", options if of == "model" else None)
        assert model.response([Message(role="user", content="hello")]).content == "ok"
        pool.close()
    (request,) = plain.asked
    for name, value in sent.items():
        got = request.body[name]
        assert got == value or (isinstance(value, dict) and value.items() <= got.items())


@every_way
def test_options_of_a_tiers_model_reach_the_server(plain: Loopback, tmp_path: Path, way: str) -> None:
    """Two tiers with one model id and other options send other requests."""
    models = {"like": {"id": "m", "stop": ["END"], "extra_body": {"a": {"b": [1]}}}}
    policy = plain_policy(tmp_path / "p", models, {"like": settings_of(plain, "like")})
    with Resolver.open(policy) as resolver:
        assert ran(agent_of(resolver), way).content == "ok"
    assert [(request.body["stop"], request.body["a"]) for request in plain.asked] == [(["END"], {"b": [1]})]


_WITHOUT = """
import sys
for name in ("keycycle", "groq", "google", "cerebras"):
    sys.modules[name] = None
from agno.agent import Agent
from resolver import Resolver
from resolver.agents import Pool
from resolver.domain import Options
with Resolver.open(sys.argv[1]) as opened:
    assert opened.providers.available_providers == ["chat"], opened.providers.reason("chat")
    output = Agent(model=opened.model("t", "worker_a"), telemetry=False).run("hello")
    assert output.content == "ok", output.content
    print(opened.providers.reason("groq"))
"""


def test_without_keycycle_and_the_sdks(plain: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With agno and the OpenAI SDK alone, agents run; a provider whose SDK is missing is left out."""
    monkeypatch.setenv("NUM_GROQ", "1")
    monkeypatch.setenv("GROQ_API_KEY_1", "groq-key-1-of-loopback")
    settings = {"chat": settings_of(plain, "chat"), "groq": settings_of(plain, "groq")}
    policy = plain_policy(tmp_path / "p", {"groq": "m", "chat": "m"}, settings)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _WITHOUT, str(policy)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path[1:]])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "its SDK is not installed; `pip install 'groq'`\n"
