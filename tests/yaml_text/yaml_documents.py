"""A Hypothesis strategy for YAML streams in every layout, with what they say; it calls none of the code under test."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Written = tuple[str, Any]  # YAML text, and what it says

UNSEEN = "\x85\u2028\u2029\ufeff"  # content in quotes only
_WORD = re.compile(r"[A-Za-z_$é日\U0001f600][\w$./@%*&!|>-]*")
_CONSTANTS = ("null", "true", "false")

words = st.from_regex(r"[a-z_$][a-z0-9_.-]{0,6}", fullmatch=True) | st.sampled_from(
    ["yes", "é", "日本", "\U0001f600", "No"]
)
awkward = st.sampled_from(
    ["", " ", "null", "~", "true", "1", "1.5", "010", "-", "- a", "a: b", "a:", "# a", "a #b", "[", "}", "'", '"', "\\",
     "&a", "*a", "!a", "|", ">", "%", "@", "`", "?", "---", "...", "<<", "=", "\t", "a\tb", "a\nb", "\n", "a\n\n",
     " a\n  b\n", "\n a", "a \n", "\x00", "\x1b", "\x7f", "\xa0", "e\u0301", "\u202e", *UNSEEN, "a\x85b", "\r\n",
     "\ud7ff", "\ue000", "\U0010ffff"]
)  # fmt: skip
texts = words | st.lists(words, min_size=2, max_size=4).map(" ".join) | awkward | st.text(max_size=6)
scalars: SearchStrategy[Any] = (
    texts
    | texts
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0])
)
_comments = st.sampled_from(["", "", "", " # c", "  # 'it's: [a]\t{", " #"])
_spaces = st.sampled_from(["", "", " ", "  "])


@st.composite
def streams(draw: DrawFn) -> tuple[str, list[Any]]:
    """A stream is some documents with the same line ends; it may start with a byte order mark."""
    text, content = "", []
    for at in range(draw(st.integers(1, 3))):
        writer = _Writer(draw)
        directive = draw(st.sampled_from(["", "", "%YAML 1.2\n"])) if at == 0 or text.endswith("...\n") else ""
        start = (
            draw(st.sampled_from(["---", "--- # c"])) if at or directive else draw(st.sampled_from(["", "---", "# c"]))
        )
        body, value = writer.value(0, top=True)
        if start.endswith("c") and not body.startswith("\n"):
            body = "\n" + body
        text += f"{directive}{start}{body}"
        text += "" if text.endswith("\n") else "\n"
        text += draw(st.sampled_from(["", "", "...\n", "# end\n"]))
        content.append(value)
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    mark = draw(st.sampled_from(["", "", "\ufeff"]))
    return mark + text.replace("\n", end), content


@dataclass
class _Writer:
    """Writes one document; `anchors` are its values that an alias can name."""

    draw: DrawFn
    anchors: list[Any] = field(default_factory=list)

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def value(
        self, indent: int, *, depth: int = 0, top: bool = False, flow: bool = False, in_map: bool = False
    ) -> Written:
        """Return a value as it stands after the `key:` or `-` at `indent`: after a space, or in lines of its own."""
        kind = self.draw(st.integers(0, 7 if depth < 3 else 3))
        if kind == 0 and self.anchors:
            at = self.draw(st.integers(0, len(self.anchors) - 1))
            return f" *a{at}", self.anchors[at]
        properties = self.properties("seq" if kind in (4, 5) else "map" if kind > 5 else "str")
        if kind < 4:
            text, value = self.scalar(indent, flow=flow, top=top)
        elif kind in (4, 6) and not flow:
            inner = (
                indent if top or (in_map and kind == 4 and self.one_of(False, True)) else indent + self.one_of(1, 2, 3)
            )
            text, value = self.block(kind == 4, inner, depth, top)
        else:
            text, value = self.flow(kind in (4, 5), indent, depth)
        if "&" in properties:
            self.anchors.append(value)
            properties = properties.replace("&", f"&a{len(self.anchors) - 1}")
        return properties + text, value

    def properties(self, kind: str) -> str:
        anchor = self.one_of("", "", "", " &")
        tag = self.one_of("", "", "", f" !!{kind}", f" !<tag:yaml.org,2002:{kind}>") if kind != "str" else ""
        return str(self.one_of(anchor + tag, tag + anchor))

    def scalar(self, indent: int, *, flow: bool, top: bool) -> Written:
        value = self.draw(scalars)
        comment = "" if flow else self.draw(_comments)
        if not isinstance(value, str):
            spelt = self.one_of(*_spellings(value))
            return (f" {spelt}" if spelt else "") + comment, value
        styles = ["double", "single", "plain"] + ([] if flow else ["literal", "folded"])
        while True:
            written = self.text(value, styles.pop(self.draw(st.integers(0, len(styles) - 1))), indent, top=top)
            if written is not None:
                return written + ("" if written.endswith("\n") else comment), value

    def text(self, value: str, style: str, indent: int, *, top: bool = False) -> str | None:
        """Return `value` in this style, or None if it cannot be written so."""
        pad = " " * (indent + self.draw(st.integers(1, 3)))
        if style in ("literal", "folded"):
            return _block_scalar(value, style, pad, None if top else len(pad) - indent, self.one_of("", " # c"))
        each = value.split(" ")
        fold = len(each) > 1 and all(map(_WORD.fullmatch, each)) and self.one_of(False, True)
        breaks = f"{self.one_of('', ' ')}\n{pad}" if fold else " "
        if style == "plain":
            plain = all(map(_WORD.fullmatch, each)) and value.lower() not in _CONSTANTS
            return " " + breaks.join(each) if plain else None
        if style == "single":
            shown = all(c.isprintable() or c in f"\t\xa0{UNSEEN}" for c in value)
            return " '" + breaks.join(each).replace("'", "''") + "'" if shown else None
        return ' "' + breaks.join(map(self.escaped, each)) + '"'

    def escaped(self, text: str) -> str:
        return "".join(self.escape(char) for char in text)

    def escape(self, char: str) -> str:
        if char in UNSEEN and self.one_of(False, True):
            return char
        short = {"\0": "\\0", "\x1b": "\\e", "\x85": "\\N", "\xa0": "\\_", "\u2028": "\\L", "\u2029": "\\P"}.get(char)
        code = ord(char)
        if char.isascii() and char.isprintable() and char not in '"\\' and self.draw(st.integers(0, 9)):
            return char
        if char in '"\\' or (char in short_escapes and self.one_of(False, True)):
            return short_escapes[char]
        if short and self.one_of(False, True):
            return short
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08x}"

    def block(self, is_list: bool, inner: int, depth: int, top: bool) -> Written:
        pad = "\n" + " " * inner
        text, items, pairs = "" if top else self.draw(_comments), [], {}
        for _ in range(self.draw(st.integers(1, 3))):
            # An empty line after a block scalar could be content.
            text = text[:-1] if text.endswith("\n") else text + self.one_of("", "", f"{pad}# 'c", "\n")
            if is_list:
                written, value = self.value(inner, depth=depth + 1)
                text += f"{pad}-{written}"
                items.append(value)
                continue
            key = self.draw(texts.filter(lambda name: name not in pairs and name != "<<"))
            written, value = self.value(inner, depth=depth + 1, in_map=True)
            shown = self.text(key, self.one_of("double", "plain"), inner) if " " not in key else None
            shown = shown or f' "{self.escaped(key)}"'
            text += pad + (f"?{shown}{pad}:{written}" if self.one_of(False, False, True) else f"{shown[1:]}:{written}")
            pairs[key] = value
        return text, items if is_list else pairs

    def flow(self, is_list: bool, indent: int, depth: int) -> Written:
        parts, items, pairs = [], [], {}
        for _ in range(self.draw(st.integers(0, 3))):
            space = self.one_of("", " ", "\n" + " " * (indent + 2), " # c\n" + " " * (indent + 1))
            written, value = self.value(indent + 1, depth=depth + 1, flow=True)
            if is_list:
                parts.append(f"{space}{written}")
                items.append(value)
                continue
            key = self.draw(texts.filter(lambda name: name not in pairs and name != "<<"))
            shown = f'"{self.escaped(key)}"'
            parts.append(f"{space}{shown}{self.one_of('', ' ')}:{written}" if written else f"{space}{shown}")
            pairs[key] = value
        end = self.one_of("", ",") if parts and parts[-1].strip() else ""
        text = ",".join(parts) + end + self.draw(_spaces)
        return (f" [{text}]" if is_list else f" {{{text}}}"), items if is_list else pairs


short_escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "/": "\\/", " ": "\\ ", "\a": "\\a"}


def _spellings(value: Any) -> list[str]:
    if value is None:
        return ["null", "~", "Null", "NULL"]
    if isinstance(value, bool):
        word = str(value)
        return [word, word.lower(), word.upper()]
    if isinstance(value, int):
        return [str(value), *([f"+{value}", f"0x{value:x}", f"0x{value:X}", f"0o{value:o}"] if value >= 0 else [])]
    if math.isnan(value):
        return [".nan", ".NaN", ".NAN"]
    if math.isinf(value):
        return [f"{'-' if value < 0 else sign}.{word}" for sign in ("", "+") for word in ("inf", "Inf", "INF")]
    return [
        repr(value),
        f"{value:.17e}",
        f"{value:.17E}",
        *([json.dumps(value).rstrip("0")] if "." in repr(value) and "e" not in repr(value) else []),
    ]


def _block_scalar(value: str, style: str, pad: str, extra: int | None, comment: str) -> str | None:
    lines = value.split("\n")
    if not value.strip() or not all(c.isprintable() or c in "\t\xa0" for line in lines for c in line):
        return None
    body = value.rstrip("\n")
    chomp = "-" if body == value else "" if body + "\n" == value else "+"
    mark = str(extra) if body.startswith((" ", "\n", "\t")) else ""
    if mark == "None":
        return None  # at the top, readers do not agree on what it counts from
    if style == "folded":
        words = body.split(" ")
        if not all(map(_WORD.fullmatch, words)):
            return None
        return f" >{chomp}{mark}{comment}\n{pad}" + f"\n{pad}".join(words) + "\n" * (len(value) - len(body) or 1)
    if any(not line.strip() and line for line in lines):
        return None  # lines of spaces alone are another matter
    shown = "\n".join(pad + line if line else "" for line in body.split("\n"))
    return f" |{mark}{chomp}{comment}\n{shown}" + "\n" * (len(value) - len(body) or 1)
