"""docs/providers.md: each of its blocks runs against the loopback server."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from examples.loopback import Loopback
from resolver import Resolver
from resolver.loader import shipped_policy
from tests.agents.agents import agent_of, ran
from tests.agents.plain import plain_policy, set_plain

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
LOCAL = "http://localhost:8000/v1"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", _blocks("yaml"), ids=lambda block: re.findall(r"providers: \{(\w+)", block)[0])
def test_every_policy_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent runs on the provider and the model of each block, with its settings."""
    with Loopback() as server:
        tiers = yaml.safe_load(block.replace(LOCAL, server.base_url("local")))["model_tiers"]
        (models,) = (tier["providers"] for tier in tiers["tiers"].values())
        ((provider, model),) = models.items()
        if provider in ("anthropic", "ollama") and find_spec(provider) is None:
            pytest.skip("needs its SDK")
        set_plain(monkeypatch, server)
        if provider == "groq":
            monkeypatch.delenv("GROQ_API_KEY")
            for name, value in server.environment(keys=2).items():
                monkeypatch.setenv(name, value)
        policy = plain_policy(tmp_path / "p", models, tiers.get("providers", {}))
        with Resolver.open(policy) as resolver:
            assert ran(agent_of(resolver), "run").content == "ok"
        (request,) = server.asked
        assert request.provider == provider
        assert request.model == (model["id"] if isinstance(model, dict) else model)


def test_the_applications_own_models_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own source serves an agent."""
    (block,) = _blocks("python")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(shipped_policy(), tmp_path / "policies")
    path = tmp_path / "policies" / "model_tiers.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("groq", "gateway"), encoding="utf-8")
    with Loopback() as server:
        names: dict[str, object] = {}
        exec(block.replace(LOCAL, server.base_url("local")), names)
        resolver = names["resolver"]
        assert isinstance(resolver, Resolver)
        with resolver:
            assert ran(agent_of(resolver), "run").content == "ok"
        assert [(request.provider, request.key) for request in server.asked] == [("local", "internal")]
