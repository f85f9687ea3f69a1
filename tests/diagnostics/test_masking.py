"""Errors go into the history cut at 500 characters, without keys and bearer tokens."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from resolver.diagnostics import keep_known, keep_secret, looks_like_a_key, masked
from resolver.diagnostics import masking as masking_module

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


@pytest.mark.parametrize(
    "variable",
    [
        *("AZURE_OPENAI_API_KEY", "MISTRAL_API_KEY_3", "AWS_BEDROCK_TOKEN", "MY_SECRET", "AWS_SECRET_ACCESS_KEY"),
        *("GROQ_KEY", "GROQ_KEY_2", "MY_PASSPHRASE", "REDISCLI_AUTH", "DB_PASS", "DB_PWD", "DB_PASSWD", "PGPASSWORD"),
        *("SMTP_CREDENTIALS", "OPENAI_APIKEY", "KEY"),
    ],
)
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


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/bob/service-account.json"),
        ("DEPLOY_KEY", "~/.ssh/id_ed25519_deploy"),
        ("PWD", "here-and-there"),
        ("HOTKEY", "control-shift"),
        ("SSH_AUTH_SOCK", "control-shift"),
        ("MONKEY", "control-shift"),
    ],
)
def test_a_path_or_another_variable_is_no_secret(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error about a file with a key names the file."""
    monkeypatch.setenv(variable, value)
    assert masked(f"cannot read `{value}`") == f"cannot read `{value}`"


def test_a_key_that_begins_like_a_path_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in 64 keys in base64 begins with a slash."""
    key = "/q9Zx7Lm2Kp4Rt8Vw1" + "Yb3+q9Zx7Lm2Kp4Rt8"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key)
    assert "Zx7" not in masked(f"server said no to {key}")
    monkeypatch.setenv("DB_PASSWORD", "/slash-and-words")
    assert masked("server said no to /slash-and-words") == "server said no to ***"


def test_threads_keep_secrets_at_the_same_time() -> None:
    """Each model that is opened keeps its keys, while other threads mask errors."""
    errors: list[BaseException] = []
    interval = sys.getswitchinterval()

    def keep(thread: int) -> None:
        try:
            for number in range(3_000):
                keep_secret(f"secret-{thread}-{number}")
                keep_known([f"model-{thread}-{number}"])
                if number % 500 == 0:
                    masked("no")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
        masking_module._VALUES.clear()
        masking_module._KNOWN.clear()
    assert errors == []


def test_what_is_kept_again_is_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids of the policy in force are kept at each reload, and outlast those of policies before."""
    monkeypatch.setattr(masking_module, "_KNOWN", {})
    in_force = "Mixed9Zx7Lm2Kp4Rt8Vw1"
    keep_known([in_force])
    keep_known([f"older-{number}" for number in range(999)])
    keep_known([in_force])
    keep_known([f"newer-{number}" for number in range(500)])
    assert masked(in_force) == in_force


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("curl -u bob:87654321 https://x", "curl -u bob:*** https://x"),
        ("curl --user bob:4711 https://x", "curl --user bob:*** https://x"),
        ("curl --user bob1:4711 https://x", "curl --user bob1:*** https://x"),
        ("docker run -u 1000:1000 image", "docker run -u 1000:1000 image"),
        ("docker run --user=0:0 image", "docker run --user=0:0 image"),
    ],
)
def test_a_password_of_digits_is_masked(text: str, shown: str) -> None:
    """The ids of a user and a group stay."""
    assert masked(text) == shown


@pytest.mark.parametrize("name", ["key", "signature", "session"])
@pytest.mark.parametrize("prefix", ["req_", "asst_", "evt_", "msg_", "step-", "rs_", "org-", "trace-", "chatcmpl-"])
def test_an_id_stays_after_a_name_with_other_meanings(name: str, prefix: str) -> None:
    """People need it to find the request again; it is known by its prefix wherever it is."""
    text = f"{name}: {prefix}q9Zx7Lm2Kp4Rt8Vw1Yb3"
    assert masked(text) == text
