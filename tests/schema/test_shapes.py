"""Which keys there are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from resolver.schema import OPERATORS, RESERVED, name_problem
from resolver.schema.kinds import EditorOnly, Kind, Number
from resolver.schema.names import LONGEST_NAME
from resolver.schema.shapes import POLICY, allowed_keys


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ((), ("model_tiers", "facts", "rulesets")),
        (("rulesets",), ("tier", "outcome")),
        (("facts", "x"), ("values", "integer", "description")),
        (("rulesets", "tier", "x"), ("pri", "all", "run", "because")),
        (("model_tiers", "tiers", "x"), ("description", "providers")),
        (("model_tiers", "providers", "x"), ("api", "base_url", "api_key_env", "timeout", "limits", "options")),
        (
            ("model_tiers", "providers", "x", "limits"),
            tuple(f"{of}_per_{time}" for of in ("requests", "tokens") for time in ("minute", "hour", "day")),
        ),
        (("model_tiers", "providers"), ()),
        (("facts",), ()),
        (("rulesets", "tier"), ()),
        (("model_tiers", "role_defaults"), ()),
    ],
)
def test_allowed_keys(path: tuple[str, ...], keys: tuple[str, ...]) -> None:
    """The keys of a mapping are known, unless any name may stand there."""
    assert allowed_keys(path) == keys


@pytest.mark.parametrize("name", ["", "a", " ", "\n", "é" * 511, "a" * LONGEST_NAME, "\U0010ffff"])
def test_names(name: str) -> None:
    """Any text of up to 1,023 bytes is a name."""
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a\0", "contains a NUL character"),
        ("\ud800", "contains half of a surrogate pair"),
        ("é" * 512, "is longer than 1,023 bytes"),
    ],
)
def test_no_names(name: str, problem: str) -> None:
    """What the rules engine would cut or misread is not a name."""
    assert name_problem(name) == problem


def test_operators_are_no_names_of_facts() -> None:
    """Every operator starts with `$`, which no fact has in its name, and no name that is taken does."""
    assert all(operator.startswith("$") for operator in OPERATORS)
    assert not any(name.startswith("$") for name in RESERVED)


def _kinds(kind: Kind, reached: set[int]) -> Iterator[Kind]:
    if id(kind) not in reached:
        reached.add(id(kind))
        yield kind
        for part in kind.parts():
            yield from _kinds(part, reached)


def test_every_kind_of_the_policy_checks_its_value() -> None:
    """A kind that is only for editors would let every value of a policy pass."""
    kinds = [*_kinds(POLICY, set())]
    assert len(kinds) > 30
    assert [kind for kind in kinds if isinstance(kind, EditorOnly)] == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("rulesets", "tier", "x", "pri"), "0 to 65,535"),
        (("model_tiers", "timeout"), "0 to 3,600 (without 0)"),
        (("model_tiers", "providers", "x", "timeout"), "0 to 3,600 (without 0)"),
        (("model_tiers", "providers", "x", "limits", "tokens_per_day"), ""),
    ],
)
def test_a_range_in_words_has_the_bounds_of_the_shape(path: tuple[str, ...], expected: str) -> None:
    """Messages name the bounds that are checked."""
    kind = POLICY.at(path)
    assert isinstance(kind, Number)
    assert kind.range() == expected
