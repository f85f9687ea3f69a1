"""Properties of masking: drawn secrets in drawn notations are hidden, and masking again changes nothing."""

from __future__ import annotations

import string

from hypothesis import assume, example, given
from hypothesis import strategies as st

from resolver.diagnostics import masked
from resolver.diagnostics.masking import LONGEST_ERROR
from tests.diagnostics.lookalikes import HARMLESS, MODEL_IDS
from tests.diagnostics.secret_notations import SECRETS
from tests.diagnostics.test_secret_notations import SHORTEST_PART, parts

ALPHANUMERIC = string.ascii_letters + string.digits
BASE64 = ALPHANUMERIC + "-_"
NAMES = (
    *("api_key", "apiKey", "X-Api-Key", "GROQ_API_KEY_3", "password", "db.password", "token", "access_token", "secret"),
    *("AWS_SECRET_ACCESS_KEY", "client_secret", "x-goog-api-key", "passphrase", "private_key"),
)
NOTATIONS = (
    *("{name}={value}", "{name}: {value}", '{name}: "{value}"', "{name} = '{value}'", "('{name}', '{value}')"),
    *(
        '{{"{name}":"{value}"}}',
        '"{{\\"{name}\\": \\"{value}\\"}}"',
        "Client(a=1, {name}='{value}', b=2)",
        "{name} => {value}",
    ),
    *(
        "<{name}>{value}</{name}>",
        "https://host/v1?a=b&{name}={value}&c=d",
        "- {name}: {value}\n- other: 1",
        "{name}%3D{value}",
    ),
    *(
        "Authorization: Bearer {value}",
        "authorization: Token {value}",
        "Cookie: a=b; {name}={value}",
        "{name}:\n  {value}",
    ),
    *(
        "https://user:{value}@host/v1",
        "postgresql+psycopg://user:{value}@host/db",
        "b'{name}={value}'",
        "[(b'{name}', b'{value}')]",
    ),
)
PREFIXES = ("sk-", "sk-proj-", "gsk_", "csk-", "ghp_", "AIza", "xoxb-", "glpat-", "nvapi-", "xai-", "github_pat_")
WORDS = st.text(string.ascii_lowercase + " .,", max_size=60).map(lambda text: f"{text} ")


def alternating() -> st.SearchStrategy[str]:
    """Draw runs whose kinds change after two characters at most, as those of random keys do."""
    kinds = [string.ascii_lowercase, string.digits, string.ascii_uppercase]
    groups = st.tuples(*(st.text(kind, min_size=1, max_size=2) for kind in kinds)).map("".join)
    return st.lists(groups, min_size=7, max_size=20).map("".join)


@given(st.text(BASE64, min_size=8, max_size=80), st.sampled_from(NAMES), st.sampled_from(NOTATIONS), WORDS, WORDS)
def test_a_value_behind_a_name_is_hidden(secret: str, name: str, notation: str, before: str, after: str) -> None:
    """`hide what follows a name that means a secret, in any notation`."""
    assume(secret.strip("-_") and not secret.isdecimal() and secret != "undefined")
    text = notation.format(name=name, value=secret)
    kept = masked(f"{before}{text} {after}")
    around = before + notation.format(name=name, value="***") + after
    assert [part for part in parts(secret) if part in kept and part not in around] == []


@given(
    st.text(string.printable.strip() + " ", min_size=8, max_size=60),
    st.sampled_from(["'", '"']),
    st.sampled_from(NAMES),
)
def test_a_quoted_value_is_hidden_with_all_its_characters(secret: str, quote: str, name: str) -> None:
    """Blanks, commas, semicolons and the other quote do not end a value in quotes."""
    assume(any(map(str.isalnum, secret)) and secret != "undefined")
    escaped = secret.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    kept = masked(f"x {{{quote}{name}{quote}: {quote}{escaped}{quote}}} y")
    around = f"x {{{quote}{name}{quote}: {quote}***{quote}}} y"
    assert [part for part in parts(secret) if part in kept and part not in around] == []


@given(st.sampled_from(PREFIXES), st.text(ALPHANUMERIC, min_size=16, max_size=100), WORDS, WORDS)
def test_a_known_prefix_is_hidden_with_its_key(prefix: str, secret: str, before: str, after: str) -> None:
    """`known prefixes`."""
    kept = masked(f"{before}{prefix}{secret} {after}")
    assert [part for part in parts(secret) if part in kept and part not in before + after] == []


@given(
    alternating(),
    WORDS,
    WORDS,
    st.sampled_from(["{}", "`{}`", "({})", "x:{}", "{}.", "'{}'", "https://h/{}/x", "x={}"]),
)
def test_a_long_run_of_mixed_characters_is_hidden(secret: str, before: str, after: str, around: str) -> None:
    """`any long run of mixed characters`."""
    kept = masked(f"{before}{around.format(secret)} {after}")
    assert [part for part in parts(secret) if part in kept] == []


PIECES = st.one_of(
    st.text(max_size=20),
    st.text("aA1_-/.:=@'\"\\`*… \n", max_size=30),
    st.sampled_from([text for _, text in SECRETS.values()]),
    st.sampled_from(HARMLESS),
    st.sampled_from(MODEL_IDS),
    st.sampled_from(NAMES),
    st.sampled_from(
        ["***", "Authorization: ", "Bearer ", "://", "@", "sk-", "=", ": ", "%3D", "-----BEGIN A-----", "\u200b"]
    ),
    alternating(),
)


@given(st.lists(PIECES, max_size=40).map("".join))
@example("x" * 479 + " 550e8400-e29b-41d4-a716-446655440000")
def test_masking_again_changes_nothing(text: str) -> None:
    """A text that was masked on one host is not changed by another, and is never longer than what is kept."""
    kept = masked(text)
    assert masked(kept) == kept
    assert len(kept) <= LONGEST_ERROR


@given(
    st.text(ALPHANUMERIC, min_size=20, max_size=60), st.integers(0, 5_000), st.sampled_from([" ", "\n", "é", "word "])
)
def test_a_cut_leaves_no_part_of_a_key(secret: str, length: int, filling: str) -> None:
    """Wherever a text is cut, no beginning of a key is left."""
    kept = masked((filling * length)[:length] + f" sk-{secret} " + "x" * 5_000)
    assert secret[:SHORTEST_PART] not in kept
