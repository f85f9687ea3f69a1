"""The providers of the environment, and nothing of what keycycle does to a program."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from agno.agent import Agent

from examples.loopback import Loopback
from resolver import Resolver, ResolverError
from resolver.agents import Providers, ProviderStatus
from resolver.loader import load_policy, shipped_policy

TIERS = load_policy(shipped_policy()).model_tiers.tiers
KEY = "a-key-that-is-long-enough-1"


def test_without_keys_no_provider_is_available() -> None:
    """A provider without keys is left out, with the variables to set as the reason."""
    providers = Providers.from_env()
    assert providers.available_providers == []
    assert providers.reason("groq") == "no key; set GROQ_API_KEY, or NUM_GROQ and GROQ_API_KEY_1"
    with pytest.raises(
        ResolverError, match="`groq` is left out: no key; set GROQ_API_KEY, or NUM_GROQ and GROQ_API_KEY_1"
    ):
        providers.get_model("groq", "openai/gpt-oss-120b")


def test_all_four_in_their_order(server: Loopback) -> None:
    """Cerebras, groq, gemini, openrouter, or the order that is given."""
    providers = Providers.from_env()
    assert providers.available_providers == ["cerebras", "groq", "gemini", "openrouter"]
    providers.close()
    turned = Providers.from_env(["openrouter", "groq"])
    assert turned.available_providers == ["openrouter", "groq"]
    turned.close()


def test_the_order_of_a_policy(server: Loopback, policy: Path) -> None:
    """`provider_order` comes first, then others as written; providers of no tier are not looked at."""
    file = policy / "model_tiers.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[cerebras, groq, gemini, openrouter]", "[gemini, nobody]"), "utf-8")
    with Resolver.open(policy) as resolver:
        assert list(resolver.providers.available_providers) == ["gemini", "cerebras", "groq", "openrouter"]


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"NUM_GROQ": "many"}, "'NUM_GROQ' must be an integer, got: many"),
        ({"NUM_GROQ": "2"}, "no key; set GROQ_API_KEY, or NUM_GROQ and GROQ_API_KEY_1"),
        ({"GROQ_API_KEY_1": KEY}, "no key; set GROQ_API_KEY, or NUM_GROQ and GROQ_API_KEY_1"),
        ({"NUM_GROQ": "1", "GROQ_API_KEY_1": ""}, "no key; set GROQ_API_KEY, or NUM_GROQ and GROQ_API_KEY_1"),
    ],
)
def test_wrong_settings_are_a_reason(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], reason: str) -> None:
    """Whatever is wrong with the variables of a provider, it is left out with a reason, and the others serve."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Providers.from_env().reason("groq") == reason


def test_a_missing_sdk_is_a_reason(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider whose SDK is not installed is left out; its keys are counted all the same."""
    for name in [name for name in sys.modules if name.split(".")[0] == "groq" or name.startswith("agno.models.groq")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "groq", None)
    providers = Providers.from_env()
    (found,) = (one for one in providers.status(TIERS) if one.name == "groq")
    assert (found.sdk, found.keys) == (False, 2)
    assert found.reason == "its SDK is not installed; `pip install 'groq'`"
    assert "groq" not in providers.available_providers
    providers.close()


def test_status(server: Loopback) -> None:
    """The status of a provider says how many keys it has, which tiers name it, and which of its ids are unknown."""
    providers = Providers.from_env()
    cerebras, groq, gemini, _ = providers.status(TIERS)
    assert cerebras == ProviderStatus(
        "cerebras",
        2,
        True,
        None,
        ("fast", "general", "reasoning"),
        ("zai-glm-4.7", "llama-3.3-70b", "qwen-3-235b-a22b-instruct-2507"),
        wrong_options=(),
        api="cerebras",
        source="keycycle",
        timeout=60,
    )
    assert groq.unknown == ("llama-3.3-70b-versatile", "moonshotai/kimi-k2-instruct")
    assert gemini.unknown == ("gemma-3-27b-it",)
    providers.close()


def test_no_key_is_shown(server: Loopback, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """Neither what is returned nor what is logged has a key, or the end of one."""
    providers = Providers.from_env()
    shown = repr(providers.status(TIERS)) + repr(providers)
    for name in providers.available_providers:
        providers.get_model(name, "a-model")
    providers.close()
    shown += "".join(capfd.readouterr()) + caplog.text
    assert "loopback" not in shown


def test_closing_ends_every_thread(server: Loopback) -> None:
    """Keycycle's threads end when the providers are closed; closed providers can be used again."""
    before = set(threading.enumerate())
    providers = Providers.from_env()
    assert providers.available_providers
    assert set(threading.enumerate()) > before
    providers.close()
    assert {thread for thread in threading.enumerate() if thread not in before and thread.is_alive()} == set()
    assert providers.reason("groq") is None
    providers.close()


def test_a_thousand_models_leave_no_reservation(server: Loopback, resolver: Resolver) -> None:
    """Asking for a model reserves nothing; neither does keycycle's model that a call runs on."""
    for _ in range(1_000):
        resolver.model("layout", "worker_a")
    providers = resolver.providers
    assert isinstance(providers, Providers)
    for _ in range(100):
        providers.get_model("groq", "openai/gpt-oss-120b")
    manager = providers.get_model("groq", "openai/gpt-oss-120b").wrapper.manager
    reserved = [bucket.pending_tokens for key in manager.keys for bucket in key.buckets.values()]
    assert set(reserved) == {0}


_QUIET = """
import logging, os, sys
logging.basicConfig(level=logging.ERROR)
def state():
    root = logging.getLogger()
    return root.level, list(root.handlers), dict(os.environ), sorted(os.listdir("."))
before = state()
import resolver
assert not {"agno", "keycycle"} & {name.partition(".")[0] for name in sys.modules}
with resolver.Resolver.open(sys.argv[1]) as opened:
    assert opened.providers.available_providers == ["cerebras", "groq", "gemini", "openrouter"]
    from agno.agent import Agent
    assert Agent(model=opened.model("layout", "worker_a"), telemetry=False).run("hello").content == "ok"
assert "keycycle" in sys.modules
assert state() == before, state()
"""


@pytest.mark.slow
@pytest.mark.parametrize("read_only", [True, False])
def test_nothing_comes_from_keycycle(server: Loopback, policy: Path, tmp_path: Path, *, read_only: bool) -> None:
    """A program gets no file, no handler, no level and no variable; a `.env` that lies there is not read."""
    directory = tmp_path / "empty"
    directory.mkdir()
    (directory / ".env").write_text("GROQ_API_KEY_1=of-the-env-file-that-nobody-asked-for\n", encoding="utf-8")
    if read_only:
        directory.chmod(0o500)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _QUIET, str(policy)],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    directory.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.listdir(directory) == [".env"]


def test_a_program_that_configured_logging_keeps_it() -> None:
    """In this process, too, keycycle's import has left the root logger alone."""
    from resolver.agents.keycycle_import import keycycle  # noqa: PLC0415  its import is what is tested

    before = (logging.getLogger().level, list(logging.getLogger().handlers))
    assert keycycle().MultiProviderWrapper
    assert (logging.getLogger().level, list(logging.getLogger().handlers)) == before


def test_an_order_that_is_given_outranks_the_policy(server: Loopback, policy: Path) -> None:
    """With an order of its own, providers are tried in that one, and others are left out; without, in the policy's."""
    models = {"cerebras": "a", "groq": "b", "gemini": "c"}
    ours, turned = Providers.from_env(), Providers.from_env(["openrouter", "groq", "cerebras"])
    assert ours.offered(models) == ["cerebras", "groq", "gemini"]
    assert turned.offered(models) == ["groq", "cerebras"]
    with Resolver.open(policy, providers=turned) as resolver:
        agent = Agent(model=resolver.model("layout", "worker_a"), telemetry=False)
        assert agent.run("hello").content == "ok"
    assert [asked.provider for asked in server.asked] == ["openrouter"]
    ours.close()
