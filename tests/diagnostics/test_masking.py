"""Errors go into the history cut at 500 characters, without keys and bearer tokens."""

from __future__ import annotations

import time

import pytest

from resolver.diagnostics import keep_secret, looks_like_a_key, masked

KEY = "sk-proj-AbC123dEf456GhI789"


@pytest.mark.parametrize(
    "error",
    [
        f"invalid key {KEY}",
        f"Authorization: Bearer {KEY}",
        "authorization: bearer abcDEF123456.xyz",
        "{'Authorization': 'Bearer abcDEF123456.xyz'}",
        f"api_key={KEY}",
        f"GROQ_API_KEY={KEY}",
        f'{{"api_key": "{KEY}"}}',
        f"x-api-key: {KEY}",
        "https://host/v1?key=AIzaSyA1234567890abcdefghijklmnop",
        "https://user:abcDEF123456.xyz@host/v1",
        "password: abcDEF123456.xyz",
        "client_secret=abcDEF123456.xyz",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF123456",
        "gsk_abcDEF123456xyz0 was revoked",
        "csk-abcDEF123456xyz0 was revoked",
        f"{'x' * 495} {KEY}",
    ],
)
def test_secrets_are_masked(error: str) -> None:
    """What looks like a key, a token or a password is not kept, not even in part."""
    kept = masked(error)
    assert not any(part in kept for part in ("AbC123", "abcDEF", "AIzaSy", "eyJhb"))
    assert len(kept) <= 500


@pytest.mark.parametrize("error", ["", "no plan", "the token count 812 is too high", "rate limit: 429, retry in 20s"])
def test_other_words_stay(error: str) -> None:
    """An error without secrets stays as it is."""
    assert masked(error) == error


def test_long_errors_are_cut() -> None:
    """At most 500 characters are kept, and it shows that there were more."""
    assert masked("x" * 500) == "x" * 500
    assert masked("xy " * 500) == ("xy " * 500)[:499] + "…"


@pytest.mark.parametrize("piece", ["a-", "a", "api_key ", "Bearer ", "://", "sk-", "eyJ."])
def test_masking_takes_little_time(piece: str) -> None:
    """A megabyte of what almost looks like a key takes well under a second."""
    start = time.perf_counter()
    masked(piece * (2**20 // len(piece)))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("variable", ["AZURE_OPENAI_API_KEY", "MISTRAL_API_KEY_3", "AWS_BEDROCK_TOKEN", "MY_SECRET"])
@pytest.mark.parametrize("value", ["0123456789abcdef0123456789abcdef", "plainlettersonly", "fw_3Zx9", "with space 1"])
def test_a_key_of_the_environment_is_masked_whatever_its_form(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A provider that repeats the key that it refuses does not get it into the history."""
    monkeypatch.setenv(variable, value)
    text = masked(f"401: the key {value} is wrong ({value})")
    assert (value in text) is (len(value) < 8)
    assert "401: the key" in text


def test_a_policys_text_is_judged_alike_on_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that happens to be the value of a variable here is no key for that."""
    assert looks_like_a_key("Bearer sk-proj-hidden12345678")
    monkeypatch.setenv("SOME_TOKEN", "production1")
    assert not looks_like_a_key("production1")
    assert masked("production1") == "***"


def test_a_key_from_another_variable_is_masked_once_it_is_used() -> None:
    """Its variable is named in a policy, so that only its reader knows that it is a key."""
    keep_secret("a-gateways-key-1")
    assert masked("401: a-gateways-key-1 is wrong") == "401: *** is wrong"
