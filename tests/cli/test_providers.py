"""`resolver providers`, with keys that are not keys: it sends nothing to anyone."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from resolver.cli import main

pytestmark = pytest.mark.skipif(find_spec("keycycle") is None, reason="needs the extra `agents`")

NOBODY = """\
    provider    keys  SDK  tiers
1.  cerebras    0     yes  fast, general, reasoning  left out: no keys; set NUM_CEREBRAS and CEREBRAS_API_KEY_1
2.  groq        0     yes  fast, general, reasoning  left out: no keys; set NUM_GROQ and GROQ_API_KEY_1
3.  gemini      0     yes  fast, general, reasoning  left out: no keys; set NUM_GEMINI and GEMINI_API_KEY_1
4.  openrouter  0     yes  fast, general, reasoning  left out: no keys; set NUM_OPENROUTER and OPENROUTER_API_KEY_1
"""


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
        "2.  groq        2     yes  fast, general, reasoning"
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
    }
    assert found["gemini"]["reason"] == "no keys; set NUM_GEMINI and GEMINI_API_KEY_1"
