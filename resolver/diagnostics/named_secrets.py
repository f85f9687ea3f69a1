"""Values after a name that means a secret, such as `api_key`, `Authorization` or `--password`, in any notation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from resolver.diagnostics.secret_names import ENDS_IN_SECRET, ID_PREFIX, NAME, QUOTE

HIDDEN = "***"
"""The text in place of a secret."""

_SPACE = re.compile(
    r"(?:[ \t\u00a0]|%20|\\[nrt])*(?:(?P<line>\r?\n)[ \t]*+(?![\w.-]{1,60}[ \t]{0,4}[:=](?:\s|$)))?"
    r"(?:&[\w-]{1,40}\s|!{1,2}[\w:/.-]{0,40}\s|<!\[CDATA\[|(?:[A-Za-z_][\w.]{0,40})\((?=[bru]?\\{0,8}[\"']))?[ \t]*"
)
"""The beginning of a value: spaces, the end of the line, a mark of YAML or XML, or a call around it."""
_BLOCK = re.compile(r"[ \t]*[|>][+-]?\d?[ \t]*\r?\n(?P<indent>[ \t]+)[^\n]*(?:\n(?P=indent)[^\n]*)*")
_ITEMS = re.compile(r"[ \t]*\r?\n(?P<indent>[ \t]*)- [^\n]*(?:\n(?P=indent)- [^\n]*)*")
_OPEN = re.compile(rf"(?x)[bBfFlLnNrRuU@$]{{0,2}}(?P<quote>\"{{3}}\n?|'{{3}}\n?|{QUOTE})")
_REST_OF_LINE = re.compile(r"(?:[^\r\n\\]|\\(?![rn]))*")
_BARE = re.compile(r"(?:(?i:bearer|basic|token|apikey)(?:\s|%20){1,8})?(?:[^\s\"'<>\\]|\\(?![nrt\"'\\]))+")
_IN_QUERY = re.compile(r"(?:[^\s\"'<>\\&;#]|\\(?![nrtu\"'\\]))+")
_LIST = re.compile(r"[\[({]\s{0,8}[bBrRuUfF]{0,2}\\{0,8}[\"'][^\])}\n]*[\])}]?")
NO_SECRET = re.compile(
    r"(?i)[\[<(]?(?:none|null|nil|true|false|yes|no|not|undefined|unset|empty|required|optional|missing|unknown|expired"
    r"|invalid|incorrect|wrong|redacted|hidden|masked|removed|str|string|text|strict|%[sdr]|pad|[be]os|unk|\*+|[\W_]+)[\])>.,;]?$",
    re.ASCII,
)
"""Words in place of a value, as in `using password: YES`."""
_COUNT = re.compile(r"(?:\d{1,7}|\d*\.\d+)(?:ms|s|%)?$")
_ERROR_CODE = re.compile(r"(?:\d{1,5}|[A-Za-z]{1,40}(?:_[A-Za-z]{1,40}){1,8}(?:_\d{1,5})?)$")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
PROSE = re.compile(
    r"(?i)(?:an?|and|are|as|by|can|cannot|do|does|file|flag|for|from|given|has|have|if|in|into|invalid|is|it|may|missing"
    r"|must|not|of|on|option|or|parameter|required|requires|should|that|the|to|used|value|was|were|when|will|with)$"
)
"""Words after the name of an option in a sentence about it."""
_LONGEST_DOUBTFUL = 200
"""Characters of a value that are searched behind a name that has other meanings, too."""
_TRAILING = ".,;:)]}|"
_TAG = re.compile(r"(?:<|&lt;)/?[\w:.-]{0,40}$")
_PAIR = re.compile(r"(?:[(\[]\s*[bBrRuUfF]?\\{0,8}[\"']|[(\[,]\s*\\{0,8}[\"']--)[\w.-]{0,40}$")
"""The beginning of a pair in quotes, as of a list of headers or of arguments."""
_OPTION = re.compile(r"(?<![\w-])--?[\w-]{0,40}$")
_SUBJECT = re.compile(r"`[\w.-]{1,99}:[A-Za-z_.-]{1,99}(?:_?\d{1,2})?`")
"""A subject as this program's messages show it, such as `token:worker_a`."""
_PIECE = re.compile(r"[A-Za-z0-9]{8,}")
_AUTH = re.compile("(?i)auth")
"""A name whose value is often a pair of a user and a password."""
_GROUP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_UUID = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_ID_PREFIX = re.compile(rf"{ID_PREFIX}[-_]|ft:")


def without_named_values(text: str) -> str:
    """Return `text` with the values hidden that follow a name such as `api_key`, `Cookie` or `--password`.

    A value after a name with other meanings, such as `key` or `session`, is hidden if no word looks like that.
    """
    parts: list[str] = []
    end = 0
    for start, stop in _values(text):
        parts += [text[end:start], HIDDEN]
        end = stop
    return "".join([*parts, text[end:]])


def groups(piece: str) -> int:
    """Return the number of words, abbreviations and numbers in a run of letters and digits.

    >>> [groups(piece) for piece in ("AsyncHttp2Pool", "q9Zx7Lm2")]
    [4, 6]
    """
    return len(_GROUP.findall(piece))


def is_odd(text: str) -> bool:
    """Return whether a piece of `text` alternates letters and digits like a random key."""
    pieces = _PIECE.findall(text)
    return any(groups(p) >= 4 and len(p) < 3 * groups(p) and not p.isalpha() for p in pieces)  # fmt: skip


def _values(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each secret value."""
    end = 0
    while (match := NAME.search(text, end)) is not None:
        span = _value(text, match)
        end = match.end() if span is None else span[1]
        if span is not None:
            yield span


def _value(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    start = match.end()
    if _is_subject(text, match) or not _separates(text, match):
        return None
    if match["sure"] and match["separator"] and (lines := _BLOCK.match(text, start) or _ITEMS.match(text, start)):
        return lines.start(), lines.end()
    space = _SPACE.match(text, start)
    assert space is not None
    start = space.end()
    before = text[match.start() - 1 : match.start()]
    opened = _OPEN.match(text, start)
    is_closing = (
        opened is not None and before == opened["quote"] and (match["gap"] or (before == "`" and not match["close"]))
    )
    if opened is not None and not is_closing:
        span = opened.end(), _end_of_quoted(text, opened)
    elif match["separator"] == ",":
        return None
    elif match["header"] and match["separator"]:
        span = start, _end_of_header(text, start, before)
    elif (match["sure"] or _AUTH.match(match[0])) and (listed := _LIST.match(text, start)):
        return listed.start(), listed.end()
    else:
        most = start + _LONGEST_DOUBTFUL if _is_doubtful(match) else len(text)
        bare = (_IN_QUERY if before and before in "?&;" else _BARE).match(text, start, most)
        if bare is None:
            return None
        span = start, start + len(bare[0].rstrip(_TRAILING) or bare[0])
        if space["line"] and text[start - 1] == "\n" and not any(map(str.isdigit, bare[0])):
            return None
    value = text[slice(*span)]
    is_value = span[0] < span[1] and not NO_SECRET.match(value) and _is_secret(text, match, value, opened)
    return span if is_value else None


def _separates(text: str, match: re.Match[str]) -> bool:
    """Return whether the separator is one here: `>` only ends a tag, and a comma only parts a pair in quotes."""
    name = match.start()
    if match["separator"] in (">", "&gt;"):
        return _TAG.search(text, max(0, name - 42), name) is not None
    if match["separator"] == ",":
        return bool(match["close"]) and _PAIR.search(text, max(0, name - 60), name) is not None
    return match["form"] is None or text.endswith('name="', 0, name)


def _is_subject(text: str, match: re.Match[str]) -> bool:
    backtick = text.rfind("`", max(0, match.start() - 80), match.start())
    subject = _SUBJECT.match(text, backtick) if backtick >= 0 else None
    return subject is not None and subject.end() > match.end()


def _is_doubtful(match: re.Match[str]) -> bool:
    """Return whether a name has other meanings, too, so that only a value with the form of a key is hidden."""
    return not ENDS_IN_SECRET.search(match["rest"]) if match["rest"] else match["doubtful"] is not None


def _is_secret(text: str, match: re.Match[str], value: str, opened: re.Match[str] | None) -> bool:
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if match["header"]:
        return match["separator"] is not None or has_both or "=" in value
    if _is_doubtful(match):
        is_id = _UUID.fullmatch(value) or _ID_PREFIX.match(value)
        return not is_id and (is_odd(value) or (has_both and len(value) >= 16 and value.isalnum()))
    name = (match["sure"] or match["doubtful"]).lower()
    if name == "code" and _ERROR_CODE.match(value):
        return False
    if match["separator"] in ("->", "→", "➜", "➔"):
        return has_both or name.startswith("pass")
    if name.startswith(("token", "pass", "access", "client")) and not name.startswith("passw") and _COUNT.match(value):
        return False
    if match["separator"] is not None:
        is_plain = value.isascii() and (
            " for" in match["separator"] or (match["separator"] == ":" and _VARIABLE.match(value))
        )
        return has_both or not is_plain
    if _OPTION.search(text, max(0, match.start() - 42), match.start()):
        return not value.startswith("-") and not PROSE.match(value.strip(_TRAILING))
    if _VARIABLE.match(value) and not is_odd(value):
        return False
    if opened is not None and name.startswith(("passw", "passp")) and value.isprintable() and " " not in value:
        return not PROSE.match(value)
    is_plain = not re.search("[-./:]", value) or (name.startswith("passw") and " is" in match["gap"].lower())
    return has_both and len(value) >= 6 and (is_plain or is_odd(value))


def _end_of_quoted(text: str, opened: re.Match[str]) -> int:
    """Return the end of a quoted value: the matching quote with as many backslashes, or the end of the line."""
    quote = opened["quote"].rstrip("\n")
    mark, slashes = quote.lstrip("\\"), len(quote) - len(quote.lstrip("\\"))
    if quote.startswith("\\u"):
        mark, slashes = quote, 0
    end = text.find(mark, opened.end())
    while end >= 0:
        count = 0
        while end - count > opened.end() and text[end - count - 1] == "\\":
            count += 1
        if count <= slashes or (slashes == 0 and count % 2 == 0):
            return end - min(count, slashes)
        end = text.find(mark, end + 1)
    line_end = text.find("\n", opened.end())
    return len(text) if line_end < 0 else line_end


def _end_of_header(text: str, start: int, before: str) -> int:
    rest = _REST_OF_LINE.match(text, start)
    end = rest.end() if rest else start
    if before and before in "\"'`" and (quote := text.find(before, start, end)) >= 0:
        return quote
    return start + len(text[start:end].rstrip())
