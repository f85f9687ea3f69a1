"""The frame of an HTML page: its style sheet, and the script that lets arrow keys move in a table."""

from __future__ import annotations

import html
from pathlib import Path

from resolver.diagnostics import visible

_ASSETS = Path(__file__).with_name("html")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def escape(text: str) -> str:
    r"""Return `text` as HTML that shows it, the one way in which text gets into a page.

    >>> escape("<a\x1b>")
    '&lt;a\\x1b&gt;'
    """
    return html.escape(visible(text))


def page(title: str, body: str) -> str:
    """Return a page that loads nothing from elsewhere."""
    style, script = ((_ASSETS / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<script>
{script}</script>
</body>
</html>
"""


def shade(rank: int, of: int) -> tuple[str, str]:
    """Return background and text colour of a tier: the higher, the darker, with enough contrast for the text."""
    share = rank / (of - 1) if of > 1 else 0.0
    light, dark = (0xEE, 0xF4, 0xFC), (0x12, 0x3C, 0x7C)
    red, green, blue = (round(low + (high - low) * share) for low, high in zip(light, dark, strict=True))
    luminance = sum(
        weight * _linear(part) for weight, part in zip((0.2126, 0.7152, 0.0722), (red, green, blue), strict=True)
    )
    on_white, on_black = 1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05
    return f"#{red:02x}{green:02x}{blue:02x}", "#ffffff" if on_white > on_black else "#000000"


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
