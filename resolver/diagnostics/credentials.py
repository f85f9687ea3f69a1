"""Passwords in URLs, webhooks, commands and phrases, where no name such as `password` is before them."""

from __future__ import annotations

import re

from resolver.diagnostics.named_secrets import HIDDEN, is_odd

_URL = re.compile(r"(?P<scheme>\b[A-Za-z][\w+.-]{0,30}://)(?P<rest>(?:[^\s\"'<>`:]|:(?!//))*)")
_HOST = re.compile(
    r"(?P<name>(?<![\w/@.:-])[\w.-]{1,60}:)(?P<value>[^\s@/:\"'<>]{3,200})(?=@(?:tcp\(|[\w-]{1,60}\.|localhost))"
)
_SCHEME = re.compile(
    r"(?i)(?<![a-z])(?P<name>(?:bearer|basic|auth plain)(?:\s|%20){1,8}[\"'`]?)(?P<value>[A-Za-z0-9._~+/=-]{8,})"
)
_OTHERS = tuple(
    re.compile(pattern)
    for pattern in (
        # webhooks, whose path is the secret
        r"(?P<name>\bhooks\.slack\.com/\w{1,20}/|/api/webhooks/\d{5,25}/|\.webhook\.office\.com/\w{1,20}/)(?P<value>[\w/@.-]+)",
        r"(?P<name>\bbot\d{6,12}:)(?P<value>[\w-]{20,})",
        # commands
        r"(?P<name>(?:(?<![\w-])-[uU]|\bhttps?\s-a|--(?:proxy-)?user)(?:=|[\s\"',]{1,4})[^\s:\"'/]{1,60}:)(?P<value>(?!\d+\b)[^\s\"':]+)",
        r"(?P<name>\b(?:mysql\w{0,10}|mariadb[\w-]{0,10})\b[^\n|;&]{0,200}?\s-p)(?P<value>[^\s\"']+)",
        r"(?P<name>\bsshpass\s{1,4}-p\s{0,4}[\"']?)(?P<value>[^\s\"']+)",
        r"(?P<name>\bredis-cli\b[^\n|;&]{0,200}?\s-a\s{1,4}[\"']?|\bldap\w{1,9}\b[^\n|;&]{0,200}?\s-w\s{1,4}[\"']?|\blogin\b[^\n|;&]{0,100}?\s-p\s{1,4}[\"']?)(?P<value>[^\s\"']+)",
        r"(?P<name>\boracle:\w{2,6}:[^\s/@]{1,60}/)(?P<value>[^\s@]{1,200})(?=@)",
        # phrases
        r"(?i)(?P<name>\blogin\s{1,4}\S{1,60}\s{1,4}password\s{1,4}|\bidentified\s{1,4}by\s{1,4}[\"']|\bbind_?pw\s{1,4})"
        r"(?P<value>[^\s\"']+)",
        r"(?im)^[ \t]{0,8}(?P<name>(?:ENV[ \t][\w.-]{0,40}(?:password|passwd|secret|token|key)[ \t]+)"
        r"|(?:[\w.-]{0,40}password\t+))(?P<value>\w\S*)",
        r"(?P<name>Auth\([\"'][^\"'\n]{0,99}[\"'],\s{0,4}[\"'])(?P<value>[^\"'\n]+)",
    )
)


def without_credentials(text: str) -> str:
    """Return `text` with the passwords of URLs, webhooks, commands and phrases hidden."""
    text = _URL.sub(_without_user, text)
    text = _HOST.sub(_hidden_if_both, text)
    for pattern in _OTHERS:
        text = pattern.sub(_hidden, text)
    return text


def without_schemes(text: str) -> str:
    """Return `text` with the values hidden that follow `Bearer` or `Basic`."""
    return _SCHEME.sub(_hidden_if_no_word, text)


def _hidden(match: re.Match[str]) -> str:
    return f"{match['name']}{HIDDEN}"


def _hidden_if_both(match: re.Match[str]) -> str:
    value = match["value"]
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return _hidden(match) if has_both or match.string.startswith("@tcp(", match.end()) else match[0]


def _hidden_if_no_word(match: re.Match[str]) -> str:
    value = match["value"].replace("_", "")
    is_word = value.rstrip(".").isalpha() and (value.islower() or value.istitle()) and len(value) <= 20
    return match[0] if is_word else _hidden(match)


def _without_user(match: re.Match[str]) -> str:
    """Hide the password of a URL, which may have an `@`, a `/` or a `?`, and a user that looks like a token."""
    scheme, rest = match["scheme"], match["rest"]
    if "@" not in rest:
        return match[0]
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" not in authority and not re.search(r":(?!\d{0,5}$)", authority):
        return match[0]  # an `@` in the path
    beginning, mark, query = rest.partition("?")
    if "@" not in beginning:
        beginning, mark, query = rest, "", ""
    user, _, host = beginning.rpartition("@")
    user, colon, password = user.partition(":")
    is_token = len(user) >= 8 and (is_odd(user) or (len(user) >= 20 and any(map(str.isdigit, user))))
    shown = HIDDEN if is_token else user
    return f"{scheme}{shown}{colon}{HIDDEN if password else ''}@{host}{mark}{query}"
