"""The part of an HTML page where readers choose extra facts: fields, and the answers for each choice as data."""

from __future__ import annotations

import json
from collections.abc import Callable

from resolver.author import Answer, Choices, FactChoice, Side, direction
from resolver.author.diff.diff_words import value_text
from resolver.cli.html_frame import escape
from resolver.diagnostics import visible

Shown = tuple[str, str, str]
"""An answer as a cell shows it: its tier, the class of its style, and the rule with its place and reason."""


def fields(choices: Choices) -> str:
    """Return a field for each fact. They are hidden without JavaScript."""
    listed = "".join(map(_field, choices.facts))
    return f'<form class="facts" aria-label="extra facts" autocomplete="off" hidden>{listed}</form>'


def _field(fact: FactChoice) -> str:
    values = ["not given", *(value_text(value) for value in fact.values)]
    chosen = 0 if fact.given is None else fact.given + 1
    options = (
        f"<option{' selected' if index == chosen else ''}>{escape(value)}</option>"
        for index, value in enumerate(values)
    )
    return f"<label>{escape(fact.name)} <select>{''.join(options)}</select></label>"


def data(
    choices: Choices, sides: tuple[Side, ...], show: Callable[[Answer, Side], Shown], signs: dict[str, str]
) -> str:
    """Return a block of JSON with the diagrams below the cells, for the script.

    Args:
        choices: The facts and the diagrams.
        sides: The policies of the diagrams.
        show: Returns an answer as a cell shows it.
        signs: The sign of each direction.

    """
    ladders = [side.table.policy.model_tiers.ladder for side in (sides[0], sides[-1])]
    tiers = [{answer.tier for answer in answers.values()} for answers in (choices.answers[0], choices.answers[-1])]
    content = {
        "signs": signs,
        "ways": {
            visible(before or "undecided"): {
                visible(after or "undecided"): direction(ladders[0], ladders[1], before, after) for after in tiers[1]
            }
            for before in tiers[0]
        },
        "sides": [
            {"nodes": nodes, "answers": {leaf: show(answer, side) for leaf, answer in answers.items()}}
            for nodes, answers, side in zip(choices.nodes, choices.answers, sides, strict=True)
        ],
    }
    text = json.dumps(content, separators=(",", ":"))  # ASCII
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return f'<script type="application/json" id="choices">{text}</script>'
