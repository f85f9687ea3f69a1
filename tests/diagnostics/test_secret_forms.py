"""Secrets are hidden in every everyday notation, and what people need of an error stays."""

from __future__ import annotations

import io
import json
import logging
import string
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.diagnostics import keep_known, masked
from resolver.domain import Decision
from resolver.loader import load_policy, shipped_policy
from resolver.serving.decision_log import DecisionLog
from resolver.state.sql import StateURL
from tests.state.own import own_policy

S = "q9Zx7Lm2" + "Kp4Rt8Vw1Yb3"
HEX = "0123456789abcdef" * 2
BASIC = "dXNlcjpw" + "YXNzd29yZA=="

FORMS = [
    # known prefixes, also after other characters
    f"Incorrect API key provided: sk-{S}{S}. You can find", f"key sk-proj-{S}_{S}-x", f"gsk_{S}{S}", f"csk-{S}{S}",
    f"AIzaSy{S}abcdefghijklm", f"sk-or-v1-{S}{S}", f"xai-{S}", f"r8_{S}{S}", f"nvapi-{S}", f"pplx-{S}", f"fw_{S}",
    f"tgp_v1_{S}", f"github_pat_11ABC_{S}{S}", f"gho_{S}{S}", f"xoxb-123456-{S}", f"hf_{S}", f"ya29.{S}{S}",
    f"AQ.Ab8RN6{S}{S}", f"sk_live_{S}", f"sk_{S}", f"mysk-{S}", f'"sk-{S}"', f"_sk-{S}", f"1sk-{S}", f"sk-\u200b{S}",
    f"sk-{S[:10]}\n{S[10:]}", f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ{S}.{S}",
    f"-----BEGIN PRIVATE KEY-----\n{S}\n-----END PRIVATE KEY-----",
    # headers
    f"Authorization: Bearer {S}", f"headers={{'authorization': 'Bearer {S}'}}", f"bearer {S}",
    f"Authorization: Basic {BASIC}", f"x-api-key: {S}", f"'X-API-Key': '{S}'", f"x-goog-api-key: {S}",
    f"('x-goog-api-key', '{S}')", f"[(b'authorization', b'Bearer {S}')]", f"('Authorization', '{S}')",
    f"Authorization:\n  Bearer {S}", f"Authorization: Token {S}", f"Authorization: ApiKey {S}",
    f'Authorization: Digest username="u", response="{S}"', f"Cookie: session={S}", f"Set-Cookie: sid={S}; Path=/",
    # names and values
    f"api-key={S}", f'apiKey: "{S}"', f'{{"api_key":"{S}","x":1}}', f'{{\\"api_key\\": \\"{S}\\"}}',
    f'"{{\\"api_key\\":\\"{S}\\"}}"', f"Client(api_key='{S}')", f"b'api_key={S}'", f"client_secret={S}",
    f"password={S}", f"passwd: {S}", f"pwd={S}", f"pass={S}", f"password is {S}", f'password="my {S} phrase"',
    f"password='a,{S}'", f"password=a;{S}", f"token {S}", f"token: {S}", f'"refresh_token": "{S}"', f"secret_key={S}",
    f"AWS_SECRET_ACCESS_KEY={S}", f"aws_secret_access_key = {S}", f"session_key={S}", f"OPENAI_API_KEY={S}",
    f"{{'GROQ_API_KEY': '{S}'}}", f"GROQ_API_KEY_1={S}", f"api_key_2: {S}", f"API key: {S}", f"invalid api key {S}",
    f"api_key＝{S}", f"api_key%3D{S}", f"Authorization%3A%20Bearer%20{S}", f"api_key => {S}", f':api_key=>"{S}"',
    f"<api_key>{S}</api_key>", f"key {HEX}",
    # URLs
    f"https://user:{S}@host/path", f"postgresql+psycopg://u:{S}@h/db", f"postgresql://u:{S}@x{S}@h/db",
    f"postgresql://u:a/{S}@h/db", f"redis://:{S}@h", f"https://{S}@github.com/x",
    f"GET https://generativelanguage.googleapis.com/v1/models?key={S}", f"https://h/?api_key={S}&x=1",
    f"?access_token={S}", f"?X-Amz-Signature={S}", f"https://hooks.example/services/T000/B000/{S}",
    # where the text is cut
    "x" * 480 + f" sk-{S}{S}", "x" * 3_990 + f" sk-{S}{S}", "\n" * 3_970 + f"sk-{S}",
    # nothing but mixed characters
    f"the provider said {S}", f"{S}{S} was refused", f"<{HEX}>",
]  # fmt: skip

STAYS = [
    "claude-sonnet-4-5-20250929 not found", "model `meta-llama/llama-4-maverick-17b-128e-instruct` is overloaded",
    "accounts/fireworks/models/llama-v3p1-405b-instruct", "Qwen3-235B-A22B-Instruct-2507-FP8",
    "deepseek-r1-distill-llama-70b", "ft:gpt-4o-mini-2024-07-18:org::9abcDEF1", "gemini-2.5-flash-preview-05-20",
    "bedrock anthropic.claude-3-5-sonnet-20240620-v1:0", "KeyError: 'gpt-4o-mini-2024-07-18'",
    "key: claude-opus-4-1", "request id req_011CSHoEeqs5C35K2UUqR7Fy", "chatcmpl-9aBcD1eFgH2iJkL3mNoP4 failed",
    f"x-request-id: {HEX}", f"trace_id={HEX}", "550e8400-e29b-41d4-a716-446655440000",
    'File "/usr/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec_single_context',
    "the token count 812 is too high", "max_tokens=4096 exceeds 200000", "tokens: 12000/min limit 10000",
    'duplicate key value violates unique constraint "resolver_outcome_pkey"', "Key (id)=(abc) already exists",
    "policy revision 9f86d081884c7d65", "commit 3d7c2a3", "2026-11-27T20:48:21.123456Z", "20261127T204821Z",
    "ThisIsAVeryLongClassNameError", "password is required", "Bearer authentication required", "bearer token expired",
    "Authentication failed: invalid x-api-key", "tier reasoning, phase code_execution", "api_key=None",
    "https://api.groq.com/openai/v1/chat/completions returned 429", "<object at 0x7f5e963354e0>",
    "HTTPSConnectionPool(host='api.x.ai', port=443): Max retries exceeded", "sha256WithRSAEncryption",
    "code: rate_limit_exceeded_429", "secret manager unavailable", "session closed", "cookie jar empty",
    "psycopg.errors.InsufficientPrivilege: permission denied for table resolver_history", "auth: failed",
    "triad layout:worker_a failed 3 times", "signature: expected 3 arguments", "resolver-7d4b9c6f5d-x2x9z",
    "tests/state/sql/test_sql_state.py::test_child_of_a_fork", "",
]  # fmt: skip


def leaks(secret: str, text: str, length: int = 6) -> bool:
    """Whether a part of the secret is in the text."""
    return any(secret[at : at + length] in text for at in range(len(secret) - length + 1))


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_secret_is_kept(form: str) -> None:
    kept = masked(form)
    assert not leaks(S, kept)
    assert not any(part in kept for part in ("abcdef0123", BASIC[:8], "11ABC"))


@pytest.mark.parametrize("text", STAYS)
def test_other_texts_stay(text: str) -> None:
    assert masked(text) == text


def test_models_of_the_shipped_policy_stay() -> None:
    tiers = load_policy(shipped_policy()).model_tiers.tiers.values()
    for model in (model for tier in tiers for model in tier.providers.values()):
        assert masked(f"404: no model {model}") == f"404: no model {model}"


def test_a_known_model_stays_however_mixed_it_is() -> None:
    """`Any long run of mixed characters that is not a known model id.`"""
    name = f"tuned-{S[:16]}"
    assert "***" in masked(name)
    keep_known([name])
    assert masked(f"no model {name}") == f"no model {name}"
    assert masked(f"api_key={name}") == "api_key=***"


SECRETS = st.text(string.ascii_letters + string.digits, min_size=24, max_size=60)
NAMES = st.sampled_from(
    ["api_key", "API-KEY", "x-api-key", "password", "client_secret", "access_token", "MY_API_KEY_3"]
)
NOTATIONS = st.sampled_from(
    ["{n}={s}", '{{"{n}": "{s}"}}', "('{n}', '{s}')", "{n}: {s}\nnext", "b'{n}={s}'", '{{\\"{n}\\":\\"{s}\\"}}',
     "<{n}>{s}</{n}>", "{n} => {s}", "?{n}={s}&y=1", "{n}%3D{s}", "Authorization: Token {s}", "https://u:{s}@h/{n}"]
)  # fmt: skip
AROUND = st.text(st.sampled_from(" .,;:()[]{}\n\t") | st.characters(codec="utf-8", categories=["Ll"]), max_size=40)


@given(secret=SECRETS, name=NAMES, notation=NOTATIONS, before=AROUND, after=AROUND)
def test_any_secret_after_a_name(secret: str, name: str, notation: str, before: str, after: str) -> None:
    """Whatever characters a secret has: its name says what it is."""
    text = f"{before} {notation.format(n=name, s=secret)} {after}"
    kept = masked(text)
    assert not leaks(secret, kept)
    assert masked(kept) == kept


@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_any_mixed_secret_by_itself(secret: str, before: str, after: str) -> None:
    kinds = [c.isdigit() * 2 + c.isupper() for c in secret]
    changes = sum(one != other for one, other in pairwise(kinds))
    assume(set(kinds) == {0, 1, 2} and changes >= len(secret) * 0.45)
    assert not leaks(secret, masked(f"{before} {secret} {after}"))


@given(text=st.text(max_size=700) | st.lists(st.sampled_from(FORMS + STAYS), max_size=6).map(" ".join))
@example(text="api_key=" * 600)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
    assert len(once) <= 500


class TestEverySink:
    """`One function serves history, logs, telemetry, exception texts, spool and decision log.`"""

    def test_spool(self, tmp_path: Path) -> None:
        from resolver.facade.opening import migrate_state  # noqa: PLC0415

        url = f"sqlite:///{tmp_path / 'state.db'}"
        migrate_state(url)
        with Resolver.open(own_policy(tmp_path), state=url) as resolver:
            resolver._store._availability.is_doubtful = True  # type: ignore[attr-defined]
            resolver.record_failure("layout", "worker_a", error=f"Cookie: session={S}")
        for file in tmp_path.rglob("*"):
            assert not file.is_file() or S.encode() not in file.read_bytes()

    def test_log(self) -> None:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        log = logging.getLogger("resolver")
        log.addHandler(handler)
        try:
            try:
                raise ResolverError(f"Authorization: Bearer {S}")
            except ResolverError as error:
                log.exception("it failed with %s", error)
            log.error("a text: %s", f"password={S}")
        finally:
            log.removeHandler(handler)
        assert not leaks(S, stream.getvalue())
        assert "Traceback" in stream.getvalue()

    def test_decision_log(self, tmp_path: Path) -> None:
        path = tmp_path / "decisions.jsonl"
        log = DecisionLog(path)
        decision = Decision("fast", "code_execution", "why", {}, "revision")
        log.note("t", "r", None, {"header": f"Bearer {S}", "count": 3}, decision, {}, None)
        log.close()
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert {"header": "Bearer ***", "count": 3} in [line["facts"] for line in lines]
        assert not leaks(S, path.read_text(encoding="utf-8"))

    def test_state_that_cannot_be_used(self) -> None:
        """Whatever a driver says."""
        url = StateURL.parse(f"postgresql://app:{S}@127.0.0.1:1/db")
        for text in (f"bad password {S}", f"DSN host=x password='{S}!'", f"token: {S[::-1]}"):
            assert not leaks(S, url.redacted(text))
            assert not leaks(S[::-1], url.redacted(text))
