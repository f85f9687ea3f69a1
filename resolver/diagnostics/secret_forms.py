"""The forms of keys, tokens, passwords and cookies in texts, such as an error of a provider.

Three kinds are hidden: the value after a name that means a secret, in any notation; a text with a known prefix; and a
run of letters and digits that is too mixed for a word. Paths, UUIDs and ids of requests stay. detect-secrets 1.5.0 was
tried instead: it found 82 of the 97 forms in this module's first table of tests, took 3.6 ms for each, and also hid
every model id, file name and id of a request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

HIDDEN = "***"

_STRONG = (
    r"api[-_ ]?keys?|apikeys?|access[-_]?key(?:[-_]?id)?|secret[-_]?(?:access[-_]?)?(?:key)?|private[-_ ]?key|"
    r"pass(?:w(?:or)?d|phrase)|pwd|session[-_]?key|client[-_]secret|"
    r"(?:access|refresh|auth|id|bearer|session|csrf|xsrf)[-_]?token|x-auth[\w-]{0,20}"
)
"""Names of secrets: whatever comes after one is hidden."""

_WEAK = r"keys?|tokens?|pass|auth|sig(?:nature)?|sid|secret|session(?:[-_]?id)?|jwt|credentials?"
"""Names that often mean something else: a value after one is hidden if no word looks like that."""

_OPEN = r"\\{0,4}[\"'`]?\]?"
_SIGN = r"(?:=>|[:=＝：]|(?<=\w)>|%3[AaDd]|,(?=\s{0,8}[bru]?\\{0,4}[\"']))"
_NOTHING = r"(?!(?:None|null|nil|true|false)(?![\w]))"
_SEPARATOR = rf"{_OPEN}[ \t]{{0,16}}{_SIGN}(?:[ \t]|%20){{0,16}}[bru]?{_NOTHING}"
_LINE = r"[^\"'\\\r\n]"
_NUMBERED = r"(?:[-_]?\d{1,4})?"
_QUOTED = r"\\{0,4}\"(?:[^\"\\\r\n]|\\.){0,600}|\\{0,4}'(?:[^'\\\r\n]|\\.){0,600}|`[^`\r\n]{0,600}"
_BARE = r"(?:Bearer|Basic|Token|ApiKey)(?:\s|%20){1,8}[^\s\"'<>&]+|[^\s\"'<>&\\]+"
_AFTER_STRONG = re.compile(rf"(?i)(?P<name>(?:{_STRONG}){_NUMBERED}{_SEPARATOR})(?P<value>{_QUOTED}|{_BARE})")
_AFTER_WEAK = re.compile(rf"(?i)(?<![a-z])(?P<name>(?:{_WEAK}){_NUMBERED}{_SEPARATOR})(?P<value>{_QUOTED}|{_BARE})")
_IN_WORDS = re.compile(
    rf"(?i)(?P<name>(?<![a-z])(?:{_STRONG}|{_WEAK}|bearer){_NUMBERED}"
    r"(?:\s{1,8}(?:is|was|are|provided|given|used|ending in|:))?:?\s{1,8}[\"'`]?)(?P<value>[^\s\"'`<>&]+)"
)
_HEADER = re.compile(
    rf"(?i)(?P<name>(?:authorization|(?:set-)?cookie){_SEPARATOR}\s{{0,16}}\\{{0,4}}[\"']?\s{{0,16}})"
    rf"(?P<value>(?:digest\s[^\r\n]+|{_LINE}+))"
)
_SCHEME = re.compile(r"(?i)(?<![a-z])(?P<name>(?:bearer|basic)(?:\s|%20){1,8})(?P<value>[A-Za-z0-9._~+/=-]{8,})")
_IN_URL = re.compile(r"(?P<name>\b\w[\w+.-]{0,20}://[^\s/:@\"'<>]*:)(?P<value>[^\s\"'<>]+)(?=@)")
_USER_OF_URL = re.compile(r"(?P<name>\b\w[\w+.-]{0,20}://)(?P<value>[^\s/:@\"'<>]{8,})(?=@)")
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)", re.DOTALL)
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk|gsk|csk|pk|rk|xai|hf|ghp|gho|ghu|ghs|ghr|github_pat|glpat|nvapi|pplx|fw|tgp|r8|npm|pypi|dop|shpat|lin_api)"
    r"[-_][A-Za-z0-9_-]{8,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{8,}|AIza[A-Za-z0-9_-]{20,}|AQ\.[A-Za-z0-9_-]{10,}|ya29\.[A-Za-z0-9._-]{10,}"
    r"|SG\.[A-Za-z0-9._-]{10,}|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}|eyJ[A-Za-z0-9._-]{12,})"
)
_ID = re.compile(
    r"(?i)(?:(?<![a-z0-9])(?:req|msg|resp|chatcmpl|cmpl|run|thread|call|batch|file|asst|step|gen|toolu|rs|ws|evt)[-_]"
    r"[A-Za-z0-9_-]+|(?:request|trace|span|correlation|message|response|generation|trace-?parent|ray)[-_ ]?id"
    r"[\"']?\s{0,4}[:=]?\s{0,4}[\"']?[A-Za-z0-9_-]+"
    r"|(?<![0-9a-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-z]))"
)
"""Ids that people need to find a request again, and UUIDs."""

_TOKEN = re.compile(r"[A-Za-z0-9_+/=.~@%-]{10,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}")
_WORD = re.compile(r"[A-Za-z0-9]{6,}")
_PIECE = re.compile(r"[A-Za-z0-9]{10,}")
_LEAST_MIXED, _LEAST_OF_TWO, _LONG_OF_TWO, _LEAST_LETTERS = 10, 20, 32, 24


def without_secrets(text: str, is_known: Callable[[str], bool]) -> str:
    """Return `text` with everything hidden that has the form of a secret.

    Args:
        text: The text; searching takes time in proportion to its length.
        is_known: Whether a run of mixed characters is known to be none, such as a model's id.
    """
    return _hide_mixed(without_named_secrets(text), is_known)


def without_named_secrets(text: str) -> str:
    """Hide what comes after a secret's name and what has a known prefix, and no other mixed characters."""
    text = _PEM.sub(HIDDEN, text)
    text = _HEADER.sub(_hidden, text)
    text = _IN_URL.sub(_hidden, _USER_OF_URL.sub(_hidden_if_odd, text))
    text = _PREFIXED.sub(HIDDEN, text)
    text = _AFTER_STRONG.sub(_hidden, text)
    text = _SCHEME.sub(_hidden_if_odd, text)
    text = _AFTER_WEAK.sub(_hidden_if_odd, text)
    return _IN_WORDS.sub(_hidden_if_odd, text)


def is_mixed(text: str) -> bool:
    """Return whether letters and digits alternate as in no word, number or hexadecimal digest of 16 characters.

    >>> [is_mixed(text) for text in ("4Rt8Vw1Yb3", "ThisIsAVeryLongNameOfAClass", "20250929", "9f86d081884c7d65")]
    [True, False, False, False]
    """
    kinds = _kinds(text)
    changes = _changes(kinds)
    digits = sum(before != 2 and after == 2 for before, after in pairwise([0, *kinds]))
    has = {0: 0 in kinds, 1: 1 in kinds, 2: 2 in kinds}
    if all(has.values()):
        least = 0.4 if len(text) < _LEAST_OF_TWO else 0.3
        return len(text) >= _LEAST_MIXED and changes >= least * len(text) and (digits > 1 or len(text) >= _LEAST_OF_TWO)
    if has[2]:
        return digits > (1 if len(text) >= _LONG_OF_TWO else 2) and len(text) >= _LEAST_OF_TWO
    return len(text) >= _LEAST_LETTERS and has[0] and has[1] and changes >= len(text) / 2


def _is_very_mixed(text: str) -> bool:
    kinds = _kinds(text)
    return set(kinds) == {0, 1, 2} and _changes(kinds) >= 0.45 * len(text)


def _kinds(text: str) -> list[int]:
    """Return 2 for each digit, 1 for each capital letter, and 0 for all else."""
    return [character.isdigit() * 2 + character.isupper() for character in text]


def _changes(kinds: list[int]) -> int:
    return sum(before != after for before, after in pairwise(kinds))


def _hide_mixed(text: str, is_known: Callable[[str], bool]) -> str:
    kept = [match.span() for match in _ID.finditer(text)]

    def hide(match: re.Match[str]) -> str:
        token = match[0]
        mixed = sum(len(piece) for piece in _PIECE.findall(token) if is_mixed(piece))
        is_base64 = bool(_BASE64.fullmatch(token)) and not token.startswith("/") and _is_very_mixed(token)
        if not (mixed or is_base64) or is_known(token):
            return token
        if any(start < match.end() and match.start() < end for start, end in kept):
            return token
        if "/" in token and not is_base64 and (token[0] in "/.~" or mixed < len(token) / 2):
            return _PIECE.sub(lambda piece: HIDDEN if is_mixed(piece[0]) else piece[0], token)
        return HIDDEN

    return _TOKEN.sub(hide, text)


def _hidden(match: re.Match[str]) -> str:
    value = match["value"]
    if value.lstrip("\\\"'`").startswith(HIDDEN):
        return match[0]
    return f"{match['name']}{_opening(value)}{HIDDEN}"


def _hidden_if_odd(match: re.Match[str]) -> str:
    """Hide a value only if it has a piece in which letters and digits alternate, as in no word."""
    value = match["value"].strip("\\\"'`.,;:()[]{}")
    is_secret = not _ID.fullmatch(value) and any(map(_is_odd, _WORD.findall(value)))
    return _hidden(match) if is_secret else match[0]


def _is_odd(piece: str) -> bool:
    return is_mixed(piece) or sum(before.isdigit() != after.isdigit() for before, after in pairwise(piece)) > 1


def _opening(value: str) -> str:
    """Return the quotes with which a value begins."""
    return value[: len(value) - len(value.lstrip("\\\"'`"))]
