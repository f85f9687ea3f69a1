"""The frame of a page: what it looks like, and how the arrow keys move in its table."""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light; font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff; }
body { margin: 2rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
p { margin: .3rem 0; max-width: 60rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: .8rem 0; }
.legend li { border: 1px solid #57606a; padding: .1rem .6rem; }
.scroll { overflow-x: auto; padding-bottom: 8rem; scroll-padding-left: min(22rem, 40vw); }
table { border-collapse: separate; border-spacing: 2px; }
caption { text-align: left; color: #424a53; padding-bottom: .4rem; }
th { text-align: left; font-weight: 600; padding: .25rem .5rem; vertical-align: bottom; }
thead th { border-bottom: 2px solid #57606a; }
thead tr:last-child th { font-weight: 400; }
tbody th { max-width: min(22rem, 40vw); border-right: 2px solid #57606a; }
tbody th, thead tr:first-child th:first-child { position: sticky; left: 0; z-index: 1; background: #fff; }
td { position: relative; padding: .3rem .6rem; white-space: nowrap; border: 1px solid transparent; }
td.first { border-left: 3px solid #57606a; }
td.changed { border: 3px solid #1b1f24; font-weight: 600; }
td:focus { outline: 3px solid #b35900; outline-offset: 1px; z-index: 2; }
td .why { position: absolute; visibility: hidden; left: 0; top: 100%; z-index: 3; margin-top: 2px; padding: .4rem .6rem;
  background: #1b1f24; color: #fff; font-weight: 400; text-align: left; white-space: pre-line; width: max-content;
  max-width: 28rem; }
td.last .why { left: auto; right: 0; }
td:hover .why, td:focus .why { visibility: visible; }
td:hover { z-index: 3; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin: 0 0 0 1.2rem; }
@media print { .scroll { overflow: visible; padding: 0; } }
"""

SCRIPT = """
for (const table of document.querySelectorAll("table.map")) {
  const rows = [...table.tBodies[0].rows].map(row => [...row.querySelectorAll("td")]);
  rows.forEach((cells, y) => cells.forEach((cell, x) => {
    cell.tabIndex = x || y ? -1 : 0;
    cell.addEventListener("focus", () => {
      rows.flat().forEach(other => { other.tabIndex = other === cell ? 0 : -1; });
    });
    cell.addEventListener("keydown", event => {
      const move = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]}[event.key];
      const to = event.key === "Home" ? cells[0] : event.key === "End" ? cells[cells.length - 1]
        : move && rows[y + move[0]] && rows[y + move[0]][x + move[1]];
      if (event.key === "Escape") cell.blur();
      if (to) { to.focus(); event.preventDefault(); }
    });
  }));
}
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(title: str, body: str) -> str:
    """Return a page that needs nothing from elsewhere."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<script>{SCRIPT}</script>
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
