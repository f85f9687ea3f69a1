"""Passwords in URLs, webhooks, commands and phrases, where no name such as `password` is before them."""

from __future__ import annotations

import re

from resolver.diagnostics.named_secrets import HIDDEN, NO_SECRET, PROSE, is_odd

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
        r"(?P<name>(?:(?<![\w-])-[uU]|\bhttps?\s-a|--(?:proxy-)?user|--auth)(?:=|[\s\"',]{1,4})(?!\d+:\d+\b)[^\s:\"'/]{1,60}:)(?P<value>[^\s\"':]+)",
        r"(?P<name>\b(?:mysql\w{0,10}|mariadb[\w-]{0,10})\b[^\n|;&]{0,200}?\s-p)(?P<value>[^\s\"'`]+)",
        r"(?P<name>\bsshpass\s{1,4}-p\s{0,4}[\"']?)(?P<value>[^\s\"']+)",
        r"(?P<name>\bredis-cli\b[^\n|;&]{0,200}?\s-a\s{1,4}[\"']?|\bldap\w{1,9}\b[^\n|;&]{0,200}?\s-w\s{1,4}[\"']?|\blogin\b[^\n|;&]{0,100}?\s-p\s{1,4}[\"']?)(?P<value>[^\s\"']+)",
        r"(?P<name>\boracle:\w{2,6}:[^\s/@]{1,60}/)(?P<value>[^\s@]{1,200})(?=@)",
        r"(?P<name>\b(?:mongo(?:sh|dump|export|import|restore)?|cqlsh|psexec(?:64)?|7z[ar]?)\b[^\n|;&]{0,200}?\s-p\s{0,4}[\"']?)(?P<value>[^\s\"'`]+)",
        r"(?P<name>\b(?:sqlcmd|bcp|ipmitool|(?:un)?zip)\b[^\n|;&]{0,200}?\s-P\s{0,4}[\"']?)(?P<value>[^\s\"'`]+)",
        r"(?P<name>\bopenssl\b[^\n|;&]{0,200}?\s-k\s{1,4}[\"']?|\s-(?:src|dest)?(?:store|key)pass\s{1,4}[\"']?)(?P<value>[^\s\"'`]+)",
        r"(?P<name>\b(?:smb|rpc)client\b[^\n|;&]{0,200}?\s-U\s{0,4}[\"']?[^\s%]{1,60}%)(?P<value>[^\s\"'`]+)",
        r"(?P<name>\blftp\b[^\n|;&]{0,200}?\s-u\s{0,4}[\"']?[^\s,]{1,60},)(?P<value>[^\s\"'`]+)",
        r"(?m)(?P<name>\bhtpasswd\s{1,4}-\w{0,6}b\w{0,6}\s[^\n|;&]{1,200}\s)(?P<value>[^\s|;&]+)"
        r"(?=[ \t]{0,8}(?:$|[|;&]))",
        r"(?P<name>\bsql(?:plus|cl)\b[^\n|;&]{0,100}?\s[\"']?[A-Za-z]\w{0,40}/)(?P<value>[^\s@/]+)(?=@)",
        r"(?P<name>\becho\s{1,4}(?:-n\s{1,4})?[\"']?)(?P<value>[^\s\"'|]+)"
        r"(?=[\"']?\s{0,4}\|\s{0,4}(?:sudo\s[^\n|]{0,40}?-S|[^\n|]{0,80}?--password-stdin))",
        r"(?P<name>\b(?:setx|set\s{1,4}-\w{1,4})\s{1,4}\w{0,40}(?:KEY|TOKEN|SECRET|PASSWORD|PASS|PWD)(?:_\d{1,3})?\s{1,4}[\"']?)(?P<value>[^\s\"']+)",
        r"(?i)(?P<name>\bnet\s{1,4}use\s{1,4}(?:[a-z]:\s{1,4}|\*\s{1,4})?\\\\\S{1,200}\s{1,4}(?:/user:\S{1,80}\s{1,4})?)(?P<value>[^\s/*]\S*)",
        r"(?i)(?P<name>\bnet\s{1,4}user\s{1,4}[^\s/]\S{0,60}\s{1,4})(?P<value>[^\s/*]\S*)(?=\s{1,4}/(?:add|domain|active)\b)",
        r"(?i)(?P<name>\bConvertTo-SecureString\s{1,4}(?:-String\s{1,4})?[\"'])(?P<value>[^\"'\n]+)",
        # lines of files
        r"(?P<name>(?<![\w./:-])(?![\w.-]{0,80}\.(?:c|cfg|go|h|ini|js|json|log|md|py|rs|sh|toml|ts|txt|ya?ml):)"
        r"(?:\*|[A-Za-z][\w.-]{0,80}|\d{1,3}(?:\.\d{1,3}){3}):(?:\*|\d{2,5}):(?:(?:\*|[A-Za-z_][\w.-]{0,60}):){2})"
        r"(?P<value>(?!\d{1,4}\b)(?:\\.|[^\s:\\])+)",
        r"(?im)(?P<name>(?:^\s{0,8}machine\s{1,4}[\w-]{1,60}\.\S{1,60}|\blogin\s{1,4}\S{1,60})\s{1,12}password\s{1,4})"
        r"(?P<value>\S+)",
        r"(?im)(?P<name>(?:^[ \t]{0,8}|\bconfig\sset\s)(?:requirepass|masterauth)\s{1,4}[\"']?)(?P<value>[^\s\"']+)",
        r"(?P<name>[\"']auth[\"']\s{0,4}:\s{0,4}[\"'][\w.@-]{1,60}:)(?P<value>[^\"'\n]+)",
        # phrases
        r"(?P<name>\bUSER\s{1,4}\S{1,60}\s{1,4}PASS\s{1,4})(?P<value>\S+)",
        r"(?i)(?P<name>\bidentified\s{1,4}by\s{1,4}[\"']|\bbind_?pw\s{1,4})"
        r"(?P<value>[^\s\"']+)",
        r"(?im)^[ \t]{0,8}(?P<name>(?:ENV[ \t][\w.-]{0,40}(?:password|passwd|secret|token|key)[ \t]+)"
        r"|(?:[\w.-]{0,40}password\t+))(?P<value>\w\S*)",
        r"(?P<name>Auth\([\"'][^\"'\n]{0,99}[\"'],\s{0,4}[\"'])(?P<value>[^\"'\n]+)",
    )
)

_CELL = re.compile(
    r"(?im)(?P<name>\|[ \t]{0,40}[`*_]{0,2}(?:(?P<sure>[\w.-]{0,40}(?:password|passwd|passphrase))"
    r"|[\w.-]{0,40}(?:secret|token|api[-_ ]?key))[`*_]{0,2}[ \t]{0,40}\|[ \t]{0,40}`?)(?P<value>[^\s|`]{1,200})"
    r"(?=`?[ \t]{0,40}\|)(?![^\n]{0,200}\r?\n[ \t]{0,8}\|[ \t]{0,8}:?--)"
)
"""A name and its value in a row of a Markdown table that is not its head."""


def without_credentials(text: str) -> str:
    """Return `text` with the passwords of URLs, webhooks, commands and phrases hidden."""
    text = _URL.sub(_without_user, text)
    text = _HOST.sub(_hidden_if_both, text)
    for pattern in _OTHERS:
        text = pattern.sub(_hidden_if_no_prose, text)
    return _CELL.sub(_hidden_cell, text)


def without_schemes(text: str) -> str:
    """Return `text` with the values hidden that follow `Bearer` or `Basic`."""
    return _SCHEME.sub(_hidden_if_no_word, text)


def _hidden(match: re.Match[str]) -> str:
    return f"{match['name']}{HIDDEN}"


def _hidden_if_no_prose(match: re.Match[str]) -> str:
    return match[0] if PROSE.match(match["value"]) else _hidden(match)


def _hidden_cell(match: re.Match[str]) -> str:
    value = match["value"]
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    is_secret = not NO_SECRET.match(value) and (match["sure"] or (has_both and len(value) >= 6))
    return _hidden(match) if is_secret else match[0]


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
