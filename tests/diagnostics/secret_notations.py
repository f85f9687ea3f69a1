"""Texts with a secret in every notation that errors have: prefixes, headers, names, URLs and limits of length.

No key here is real: prefixes and bodies are joined when the tests run.
"""

from __future__ import annotations

SECRET = "q9Zx7Lm2" + "Kp4Rt8Vw1Yb3"
S = SECRET
_BASIC = "dXNlcjpw" + "YXNzd29yZA=="
_HEX = "0123456789abcdef" * 2
_AWS = "AKIA" + "IOSFODNN7EXAMPLE"


def key(prefix: str, body: str = S) -> str:
    """Return a key of a provider that no provider has given out."""
    return prefix + body


SECRETS: dict[str, tuple[str, str]] = {}
"""A secret and a text with it, by the name of the notation."""


def _add(name: str, text: str, secret: str = S) -> None:
    SECRETS[name] = secret, text


# prefixes of providers and services
for _prefix in (
    *(
        "sk-",
        "sk-proj-",
        "sk-or-v1-",
        "sk-ant-api03-",
        "sk_live_",
        "sk_",
        "gsk_",
        "csk-",
        "AIzaSy",
        "xai-",
        "r8_",
        "nvapi-",
    ),
    *(
        "pplx-",
        "fw_",
        "tgp_v1_",
        "github_pat_11ABC_",
        "gho_",
        "ghp_",
        "xoxb-123456-",
        "hf_",
        "ya29.",
        "AQ.Ab8RN6",
        "glpat-",
    ),
    *("mysk-", "_sk-", "1sk-", "SG."),
):
    _add(f"prefix {_prefix}", f"Error: {key(_prefix)} was revoked")
_add("prefix, followed by more", f"Incorrect API key provided: {key('sk-')}{S}. You can find it at https://h/keys")
_add("prefix in quotes", f'"{key("sk-")}"')
_add("prefix and a zero width", f"sk-\u200b{S}")
_add("access key of AWS", _AWS, _AWS)
_add("access key of AWS in a text", f"The access key ID {_AWS} does not exist", _AWS)
_add("JWT", f"eyJhbGciOiJIUzI1NiJ9.{'eyJzdWIiOiJ'}{S}.{S}")
_add("PEM", f"-----BEGIN PRIVATE KEY-----\n{S}\n-----END PRIVATE KEY-----")
_add("PEM in one line", f"bad key -----BEGIN RSA PRIVATE KEY-----\\n{S}\\n-----END RSA PRIVATE KEY-----\\n")
_add("PEM without an end", f"-----BEGIN EC PRIVATE KEY-----\n{S}\nabc")
# headers
for _header in (
    *(
        "Bearer {}",
        "Token {}",
        "ApiKey {}",
        'Digest username="u", response="{}"',
        "Basic {}",
        "{}",
        "AWS4 Credential={}/x",
    ),
    *("GoogleLogin auth={}", "Negotiate {}"),
):
    _add(f"Authorization: {_header}", f"Authorization: {_header.format(S)}")
    _add(f"Proxy-Authorization: {_header}", f"proxy-authorization={_header.format(S)}")
_add("Authorization: Basic", f"Authorization: Basic {_BASIC}", _BASIC)
_add("Authorization in a dict", f"headers={{'authorization': 'Bearer {S}'}}")
_add("Authorization in a list", f"[(b'authorization', b'Bearer {S}')]")
_add("Authorization in a pair", f"('Authorization', '{S}')")
_add("Authorization on two lines", f"Authorization:\n  Bearer {S}")
_add("Authorization, encoded", f"Authorization%3A%20Bearer%20{S}")
_add("Authorization in curl", f"curl -H 'Authorization: Token {S}' https://host/v1")
_add("Authorization in a request", f"b'GET / HTTP/1.1\\r\\nAuthorization: Bearer {S}\\r\\nHost: h'")
_add("bearer", f"bearer {S}")
_add("Cookie", f"Cookie: session={S}")
_add("Cookies", f"Cookie: a=b; sid={S}; c=d")
_add("Set-Cookie", f"Set-Cookie: sid={S}; Path=/")
_add("Cookie in a dict", f'{{"Cookie": "a=b; sid={S}"}}')
# names and notations
for _name in (
    *(
        "api_key",
        "apiKey",
        "api-key",
        "APIKEY",
        "X-Api-Key",
        "x-goog-api-key",
        "GROQ_API_KEY_1",
        "api_key_2",
        "Api Key",
    ),
    *("OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", "secret_key", "session_key", "client_secret"),
    *("password", "passwd", "Passphrase", "db_password", "access_token", "refresh_token", "HF_TOKEN", "clientSecret"),
    *("subscription-key", "private_key", "CREDENTIALS"),
):
    _add(f"{_name} =", f"{_name}={S}")
    _add(f"{_name} :", f"  {_name}: {S}\nnext: 1")
    _add(f"{_name} = in quotes", f'{_name} = "{S}"')
    _add(f"{_name} JSON", f'{{"{_name}":"{S}","x":1}}')
    _add(f"{_name} escaped JSON", f'body "{{\\"{_name}\\": \\"{S}\\"}}"')
    _add(f"{_name} JSON, escaped twice", f'"{{\\\\\\"{_name}\\\\\\":\\\\\\"{S}\\\\\\"}}"')
    _add(f"{_name} repr", f"Client(x=1, {_name}='{S}', y=2)")
    _add(f"{_name} dict", f"{{'{_name}': '{S}'}}")
    _add(f"{_name} bytes", f"b'{_name}={S}'")
    _add(f"{_name} pair", f"[('accept', '*/*'), ('{_name}', '{S}')]")
    _add(f"{_name} arrow", f"{_name} => {S}")
    _add(f"{_name} Ruby", f':{_name}=>"{S}"')
    _add(f"{_name} XML", f"<{_name}>{S}</{_name}>")
    _add(f"{_name} full width", f"{_name}＝{S}")
    _add(f"{_name} encoded", f"{_name}%3D{S}")
    _add(f"{_name} words", f"invalid {_name} {S}")
    _add(f"{_name} is", f"the {_name} is {S}")
    _add(f"{_name} list", f"{_name}s=['a', '{S}']")
for _name, _text in {
    "password, short": "password=hunter2",
    "api key, short": "api_key=hunter2",
    "password of words": "db_password: hunter2",
    "password with blanks": 'password="my hunter2 phrase"',
    "password with a comma": "password='a,hunter2'",
    "password with a semicolon": "password=a;hunter2",
    "password with an escaped quote": r'"password": "a\"hunter2"',
    "pass": "pass=hunter2",
    "pwd": "pwd=hunter2",
    "password is": "Password is hunter2",
    "ODBC": "Driver={x};UID=sa;PWD=hunter2;",
}.items():
    _add(_name, _text, "hunter2")
_add("key", f"key {_HEX}", _HEX)
_add("line that is split", f"sk-{S[:10]}\n{S[10:]}")
_add("KEY in quotes", f"{{'key': '{S}'}}")
_add("signature", f"?X-Amz-Signature={S}")
# URLs
for _user in ("user:{}", "u:p@{}", "u:a/{}", ":{}", "{}", "u:{0}@x{0}", "{}:x-oauth-basic", "u:a?b{}"):
    for _scheme in ("https", "postgresql+psycopg", "redis"):
        _add(f"{_scheme}://{_user}", f"cannot reach {_scheme}://{_user.format(S)}@host.example/db?x=1")
_add("URL, short password", "amqp://app:hunter2@broker/v", "hunter2")
_add("user and host without a scheme", "app:hunter2@db.example", "hunter2")
for _parameter in ("key", "api_key", "access_token", "sig", "token", "X-Goog-Signature", "code", "auth"):
    _add(f"?{_parameter}", f"GET https://generativelanguage.googleapis.com/v1/models?{_parameter}={S}")
    _add(f"&{_parameter}", f"https://host/?x=1&{_parameter}={S}&y=2 said no")
_add("webhook", f"https://hooks.example.com/services/T000/B000/{S}")
# no name and no prefix
_add("alone", S)
_add("in a text", f"cannot use {S} here")
_add("base64", "got q9Zx7Lm2/Kp4Rt8Vw1Yb3+ab9Kd7==", "q9Zx7Lm2/Kp4Rt8Vw1Yb3+ab9Kd7==")
_add("small letters and digits", "got q9zx7lm2kp4rt8vw1yb3", "q9zx7lm2kp4rt8vw1yb3")
_add("large letters and digits", "got Q9ZX7LM2KP4RT8VW1YB3", "Q9ZX7LM2KP4RT8VW1YB3")
# the limits of what is kept and of what is read
_add("at the end of what is kept", "x" * 480 + f" {key('sk-')}{S}")
_add("at the end of what is read", "x" * 3_990 + f" {key('sk-')}{S}")
_add("behind an empty page", "y" * 10 + "\n" * 3_970 + key("sk-"))
_add("behind much that is hidden", f"{key('sk-', S * 190)} {S}")
