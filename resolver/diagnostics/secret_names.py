"""Names that mean a secret, such as `api_key` or `Cookie`, and the notations that separate a name from its value."""

from __future__ import annotations

import re

QUOTE = r"(?:\\{0,8}[\"'`]|\\u002[27]|%(?:25){0,2}2[27]|&(?:quot|apos|\#0?3[49]);)"
"""A quote as it is, escaped, encoded for a URL, or as an entity."""
NAME = re.compile(
    rf"""(?xi)
    (?<!error\[) (?<!warning\[)
    (?: (?P<header> (?:proxy-)?authorization | (?:set-)?cookies? )
      | (?P<sure> (?:api|access|secret|private|signing|hmac|encryption|account|shared|master|subscription|auth|session
            |client) [-_\ .]? key (?:[-_]?id)? | secret | passwor[dt] | passwd | passphrase | passcode | credential
            | (?<![a-z])creds?(?![a-z]) | redis(?:cli)?_auth
            | kennwort | contrase[ñn]a | mot\ de\ passe | пароль | 密[码碼] | パスワード | 비밀번호
            | sessid | client[-_]assertion | x-auth[\w-]{{0,20}} | (?<!unexpected\ ) token (?!s)
            | (?:amz|goog)-signature | (?:(?<![a-z])|(?<=%[23][0-9a-f])) (?:otp|pw|pwd(?!=/))
            | (?<=[_-]) pass | (?<=["']) pass (?= ["']\s{{0,4}}: ) | (?<![a-z]) pass (?= = | :\S | %3d )
            | (?-i: (?<=[A-Z])PASS (?= = ) ) | (?<=[?&;]) (?:key|sig|signature|code|auth|jwt) )
      | (?P<doubtful> (?: (?<![a-z]) | (?-i: (?<=[a-z])(?=[A-Z]) ) )
            (?: key | auth | sig | signature | sid | session | session[-_]?id | jwt | pass ) | tokens ) )
    s? (?:[-_]?\d{{1,3}})? (?P<rest> (?-i: (?:_[A-Z0-9]{{1,20}}){{1,3}} ) (?= \s{{0,4}}= ) )?
    (?!\w) (?!-\w)
    (?:\x1b\[[0-9;]{{0,9}}m | \*{{1,2}})?
    (?: (?: (?P<close> {QUOTE} )? [\])]?
          | (?: \s{{1,4}}[\w:.-]{{1,40}}=(?:"[^"<>]{{0,99}}"|'[^'<>]{{0,99}}') ){{1,4}} (?=\s?>) )
        (?:\[\w{{0,20}}\] | \s(?:is|was)(?=:))? [ \t]{{0,40}}
        (?P<separator> => | -> | [→➜➔] | :=
            | :\s{{0,4}}(?:&?str|string|bytes|secretstr|optional\[str\])(?:\s\|\snone)?\s{{0,4}}=
            | ={{1,2}} | :(?!:|//) | [：＝] | %(?:25){{0,2}}3[ad] | \\(?:u00|x)3[ad] | > | &gt;
            | , (?!\s{{0,40}}{QUOTE}?val) | </\w{{1,10}}>\s{{0,40}}<\w{{1,10}}>
            | (?P<form> (?:\r?\n|\\r\\n){{2}} ) | (?<=\w)\( (?={QUOTE})
            | (?: , | (?=\s) | [:=]?\s{{0,4}}\{{ ) \s{{0,40}} {QUOTE}? (?:val|value|content) {QUOTE}? \s{{0,8}} [:=]
            | \sfor\s(?:user\s)? [\w.@-]{{1,60}} : )
      | (?P<gap> (?: \s{{1,8}}(?:is|was|of|provided|given|value|\||–|—) ){{0,3}} (?:\s{{1,40}}|\s\()
            (?!(?:is|was)\b) ) )
    """
)
"""A name that means a secret, and what separates it from its value."""
_ID_KINDS = (
    *(
        "req",
        "msg",
        "resp",
        "chatcmpl",
        "cmpl",
        "run",
        "thread",
        "call",
        "batch",
        "file",
        "asst",
        "step",
        "gen",
        "toolu",
    ),
    *("srvtoolu", "rs", "ws", "evt", "org", "fc", "fp", "trace", "span"),
)
ID_PREFIX = f"(?:{'|'.join(_ID_KINDS)})"
"""The beginning of ids that providers give to requests and objects, before a `-` or a `_`."""
ENDS_IN_SECRET = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|_BASE)(?:_\d+)?$")
"""The end of a name in capitals that has more words after the first one that means a secret."""
