"""The frame of an HTML page: its style sheet, and the script that moves in a table and places the tips of its cells."""

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


def page(title: str, body: str, style_of_tiers: str) -> str:
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
{style}{style_of_tiers}</style>
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


def shades(tiers: int) -> str:
    """Return the style of each tier, `tier-0` being the lowest, on a light and on a dark screen."""
    light, dark = ("\n".join(_rule(rank, tiers, dark=dark) for rank in range(tiers)) for dark in (False, True))
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def _rule(rank: int, of: int, *, dark: bool) -> str:
    background, text = shade(rank, of, dark=dark)
    return f".tier-{rank} {{ background: {background}; color: {text}; }}"


def shade(rank: int, of: int, *, dark: bool = False) -> tuple[str, str]:
    """Return background and text colour of a tier: the higher, the less like the page, and always readable."""
    share = rank / (of - 1) if of > 1 else 0.0
    low, high = ((0x1F, 0x2A, 0x3A), (0xA8, 0xCB, 0xFA)) if dark else ((0xEE, 0xF4, 0xFC), (0x12, 0x3C, 0x7C))
    red, green, blue = (round(start + (end - start) * share) for start, end in zip(low, high, strict=True))
    luminance = sum(
        weight * _linear(part) for weight, part in zip((0.2126, 0.7152, 0.0722), (red, green, blue), strict=True)
    )
    on_white, on_black = 1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05
    return f"#{red:02x}{green:02x}{blue:02x}", "#ffffff" if on_white > on_black else "#000000"


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
