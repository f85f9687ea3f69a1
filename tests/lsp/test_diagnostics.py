"""Diagnostics in a real editor: they are those of the newest text, at the right place."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.lsp.editor import editor


def test_mistake_is_shown_and_goes(policies: Path) -> None:
    """A mistake that is typed is shown with its code, help and page, and goes with the mistake."""

    async def run() -> None:
        file = policies / "model_tiers.yaml"
        good = file.read_text()
        async with editor(policies) as shown:
            shown.open(file)
            assert await shown.diagnostics(file) == []
            shown.type(file, good.replace("critic: general", "critic: genral"))
            (diagnostic,) = await shown.diagnostics(file)
            assert diagnostic.code == "unknown-tier"
            assert diagnostic.message == "unknown tier `genral`\nhelp: did you mean `general`?"
            assert diagnostic.code_description is not None
            assert diagnostic.code_description.href.endswith("/unknown-tier.md")
            line = good.splitlines()[diagnostic.range.start.line]
            assert line[diagnostic.range.start.character :].startswith("general")
            shown.type(file, good)
            assert await shown.diagnostics(file) == []
        assert file.read_text() == good

    asyncio.run(run())
