"""Keys, tokens and passwords are masked in every everyday notation, and texts that only look like that are not."""

from __future__ import annotations

import time

import pytest

from resolver.diagnostics import masked
from resolver.diagnostics.masking import without_known_secrets
from tests.diagnostics.command_notations import COMMANDS
from tests.diagnostics.everyday_notations import EVERYDAY, KEY, SHORT, WORD, filled
from tests.diagnostics.lookalike_words import HARMLESS_WORDS
from tests.diagnostics.lookalikes import HARMLESS, MODEL_ERRORS, MODEL_IDS
from tests.diagnostics.secret_notations import SECRET, SECRETS, key

SHORTEST_PART = 6
"""Characters of a secret in a row that must not stay."""


def parts(secret: str) -> set[str]:
    """Return all parts of a secret that must not stay."""
    return {secret[start : start + SHORTEST_PART] for start in range(max(1, len(secret) - SHORTEST_PART + 1))}


def shows_secret(text: str | bytes) -> bool:
    """Return whether a text or the bytes of a file have a part of the secret of these tests."""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return any(part in text for part in parts(SECRET))


@pytest.mark.parametrize("form", SECRETS)
def test_a_secret_is_masked(form: str) -> None:
    """No part of a secret stays, in no notation."""
    secret, text = SECRETS[form]
    kept = masked(text)
    assert [part for part in parts(secret) if part in kept] == []
    assert len(kept) <= 500
    assert masked(kept) == kept


@pytest.mark.parametrize("text", [*EVERYDAY, *COMMANDS])
def test_an_everyday_notation_is_masked(text: str) -> None:
    """In shells, settings, headers and the values of many languages, a name's value is hidden although it is a word."""
    kept = masked(filled(text))
    assert [part for secret in (WORD, SHORT, KEY) for part in parts(secret) if part in kept and part not in text] == []
    assert masked(kept) == kept


@pytest.mark.parametrize("text", [*HARMLESS, *HARMLESS_WORDS])
def test_a_lookalike_stays(text: str) -> None:
    """A text without secrets stays as it is."""
    assert masked(text) == text


@pytest.mark.parametrize("model_id", MODEL_IDS)
def test_model_ids_stay(model_id: str) -> None:
    """An error about a model says which one."""
    for text in MODEL_ERRORS:
        assert masked(text.format(model_id)) == text.format(model_id)


def test_the_text_around_a_secret_stays() -> None:
    """A masked error still says what has failed."""
    assert masked(f"401: key {key('sk-')} of `groq` is wrong") == "401: key *** of `groq` is wrong"
    assert masked("https://h/v1?key=hunter2&model=m: 400") == "https://h/v1?key=***&model=m: 400"
    assert masked("Client(api_key='hunter2', model='m')") == "Client(api_key='***', model='m')"
    assert masked("cannot reach postgresql://u:p@w@h/db: refused") == "cannot reach postgresql://u:***@h/db: refused"


REPEATED = [
    *("a", "=", "/", '"', "1", "a-", "a1B", " ", "\n", "\\", "api_key ", "key=", "Bearer ", "://", "a://", "a://a:/"),
    *("sk-", "eyJ.", "a:a@", "-----BEGIN A-----", "`token:", 'authorization "', "password=(", "x:y", "('token',"),
    *("<token>", "sk-AAAAAAAA\n", "token is ", "a\u200b", 'key="', 'key=\\"', "/a/", "request-id=", "%20", "Cookie="),
    *("q9Zx7Lm2", "req_q9Zx7Lm2Kp4Rt8Vw1Yb3 ", "--password ", "-u a:", "mysql ", "x-auth-", "password: |\n a\n"),
    *(
        "a:10:b:c:",
        "| password | ",
        "net use \\\\a ",
        "machine a ",
        "login a ",
        "sqlplus a/",
        "htpasswd -b a ",
        "mongo ",
    ),
    *("set -x KEY ", "USER a ", "password[", "net user a ", "*:*:*:", "echo a", '"auth": "a:'),
]


@pytest.mark.parametrize("piece", REPEATED)
def test_masking_takes_time_in_proportion_to_the_text(piece: str) -> None:
    """Eight times of what almost looks like a key takes less than thirty times as long, however it is repeated."""

    def seconds(characters: int) -> float:
        text = piece * (characters // len(piece))
        times = []
        for _ in range(2):
            start = time.process_time()
            without_known_secrets(text)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(2**15) < 30 * max(seconds(2**12), 0.001)
    masked(piece * (2**20 // len(piece)))
