"""`resolver providers`, with keys that are not keys: it sends nothing to anyone."""

from __future__ import annotations

import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from resolver.cli import main
from resolver.loader import shipped_policy

pytestmark = pytest.mark.skipif(find_spec("keycycle") is None, reason="needs the extra `keycycle`")

_VARIABLES = {
    "cerebras": "CEREBRAS_API_KEY",
    "groq": "GROQ_API_KEY",
    "gemini": "GOOGLE_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
}
NOBODY = "    provider    keys  SDK  models from  timeout  tiers\n" + "".join(
    f"{rank}.  {name:<10}  0     yes  -            60 s     fast, general, reasoning  "
    f"left out: no key; set {variable}, or NUM_{name.upper()} and {name.upper()}_API_KEY_1\n"
    for rank, (name, variable) in enumerate(_VARIABLES.items(), start=1)
)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the keys of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("NUM_") or "_API_KEY" in name:
            monkeypatch.delenv(name)


def test_without_keys() -> None:
    """Everybody is left out, each with what to do; that no tier is served is a finding."""
    done = CliRunner().invoke(main, ["providers"])
    assert done.stdout == NOBODY
    assert done.stderr == "".join(f"note: no provider serves `{tier}`\n" for tier in ("fast", "general", "reasoning"))
    assert done.exit_code == 1


def test_with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of keys, the ids that keycycle does not know, and never a key."""
    monkeypatch.setenv("NUM_GROQ", "2")
    for number in "12":
        monkeypatch.setenv(f"GROQ_API_KEY_{number}", f"gsk_not_a_key_but_long_enough_{number}")
    done = CliRunner().invoke(main, ["providers"])
    groq = done.stdout.splitlines()[2]
    assert groq == (
        "2.  groq        2     yes  keycycle     60 s     fast, general, reasoning"
        "  keycycle does not know `llama-3.3-70b-versatile`, `moonshotai/kimi-k2-instruct`"
    )
    assert (done.stderr, done.exit_code) == ("", 0)
    assert "gsk" not in done.output


def test_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines read the same."""
    monkeypatch.setenv("NUM_GROQ", "1")
    monkeypatch.setenv("GROQ_API_KEY_1", "gsk_not_a_key_but_long_enough")
    done = CliRunner().invoke(main, ["providers", "--format", "json"])
    found = {one["provider"]: one for one in json.loads(done.stdout)}
    assert found["groq"] == {
        "provider": "groq",
        "keys": 1,
        "sdk": True,
        "reason": None,
        "tiers": ["fast", "general", "reasoning"],
        "unknown": ["llama-3.3-70b-versatile", "moonshotai/kimi-k2-instruct"],
        "wrong_options": [],
        "api": "groq",
        "source": "keycycle",
        "timeout": 60,
        "last_failure": None,
    }
    assert found["gemini"]["reason"] == "no key; set GOOGLE_API_KEY, or NUM_GEMINI and GEMINI_API_KEY_1"
    assert found["gemini"]["source"] is None


def test_a_provider_of_agno(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without numbered keys, the class of agno is named."""
    monkeypatch.setenv("GROQ_API_KEY", "gsk_not_a_key_but_long_enough")
    done = CliRunner().invoke(main, ["providers"])
    assert done.stdout.splitlines()[2] == "2.  groq        1     yes  Groq         60 s     fast, general, reasoning"
    assert "gsk" not in done.output


def test_a_wrong_option_of_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that the class of a model does not have is shown before a run fails."""
    monkeypatch.setenv("GROQ_API_KEY", "gsk_not_a_key_but_long_enough")
    policy = Path(shutil.copytree(shipped_policy(), tmp_path / "policies"))
    file = policy / "model_tiers.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("groq: openai/gpt-oss-120b", "groq: {id: m, temperatur: 1}"), encoding="utf-8")
    done = CliRunner().invoke(main, ["providers", "--policies", str(policy)])
    error = "agno's class `Groq` has no option `temperatur`; did you mean `temperature`?"
    assert done.stdout.splitlines()[2].endswith(f"  {error}")
