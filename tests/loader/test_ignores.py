"""A comment `# resolver: ignore[code]` suppresses the warnings with this code about its line, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolver import PolicyError, Resolver
from resolver.diagnostics import Source
from resolver.loader import load_policy
from resolver.loader.ignores import ignores_of
from resolver.yaml_text.documents import read_documents
from tests.prover.shipped import Edit, edited

OVERRIDE = "      worker_a: fast\n"
NO_EFFECT = "      worker_a: general"


def codes(text: str) -> list[tuple[str, int]]:
    """The codes in the comments of a text, with their lines."""
    source = Source("policy.yaml", text)
    read_documents(source)
    return [(ignore.code, ignore.place.line) for ignore in ignores_of(source)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1 # resolver: ignore[tab]", [("tab", 1)]),
        ("a: 1 # resolver: ignore[tab, no-effect]", [("tab", 1), ("no-effect", 1)]),
        ("a: 1 # resolver: ignore[tab] it is so", [("tab", 1)]),
        ("a: 1 # resolver: ignore[tab] # resolver: ignore[stuck]", [("tab", 1), ("stuck", 1)]),
        ("a: 1 #resolver:ignore[tab]", [("tab", 1)]),
        ("a: 1 # Resolver : Ignore [ tab ]", [("tab", 1)]),
        ("# resolver: ignore[tab]\na: 1", [("tab", 1)]),
        ("a:\r\n  b: 1 # resolver: ignore[tab]\r\n  c: 2\r\n", [("tab", 2)]),
        ("a: [1, # resolver: ignore[tab]\n  2]", [("tab", 1)]),
        ("a: | # resolver: ignore[tab]\n  text\n", [("tab", 1)]),
        ("a: 1\n---\nb: 2 # resolver: ignore[tab]\n", [("tab", 3)]),
        ("a: 1 # resolver: ignore", [("", 1)]),
        ("a: 1 # resolver: ignore[]", [("", 1)]),
        ("a: 1 # resolver: ignore[tab", [("", 1)]),
        ("a: 1 # resolver: ignore(tab)", [("", 1)]),
        ("a: 1 # resolver: ignroe[tab]", [("", 1)]),
        ("a: 1 # resolver ignore[tab]", [("", 1)]),
        ("a: 1 # resolver: reads this: ignore[tab]", []),
        ("a: 1 # resolver reads this", []),
        ("a: 1 # the resolver: ignore[tab]", []),
        ("a: 1 # resolver: ignored before", []),
        ('a: "1 # resolver: ignore[tab]"', []),
        ("a: '1 # resolver: ignore[tab]'", []),
        ('a: "1 # resolver: ignore[x]" # resolver: ignore[tab]', [("tab", 1)]),
        ("a: |\n  text # resolver: ignore[tab]\n", []),
        ("a: >\n  # resolver: ignore[tab]\nb: 1", []),
        ("a: 1# resolver: ignore[tab]", []),
        ("a: [ # resolver: ignore[tab]", []),
    ],
)
def test_a_comment_is_found(text: str, expected: list[tuple[str, int]]) -> None:
    """Only comments count, and none in a text that is not YAML."""
    assert codes(text) == expected


def warnings_of(folder: Path, *edits: Edit) -> list[str]:
    with Resolver.open(edited(folder, *edits)) as resolver:
        return [warning.code for warning in resolver.policy.warnings]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", ["no-effect"]),
        (" # resolver: ignore[no-effect]", []),
        (" # resolver: ignore[no-effect, stuck]", []),
        (" # resolver: ignore[stuck]", ["no-effect"]),
        (" # resolver: ignore", ["no-effect"]),
        ("\n      # resolver: ignore[no-effect]", ["no-effect"]),
    ],
)
def test_a_warning_of_the_prover_is_suppressed(tmp_path: Path, comment: str, expected: list[str]) -> None:
    """If the comment has its code, and is on its line."""
    assert warnings_of(tmp_path, ("model_tiers", OVERRIDE, f"{NO_EFFECT}{comment}\n")) == expected


def test_a_warning_of_the_loader_is_suppressed(tmp_path: Path) -> None:
    """A tab that other YAML readers refuse."""
    tab: Edit = ("precedence", "      pri: 20\n", "      pri: 20\t# resolver: ignore[tab]\n")
    assert warnings_of(tmp_path, tab) == []


def test_what_is_suppressed_is_kept_apart(tmp_path: Path) -> None:
    """The policy has the comments, and the warnings that they suppress."""
    comment = " # resolver: ignore[no-effect]"
    with Resolver.open(edited(tmp_path, ("model_tiers", OVERRIDE, f"{NO_EFFECT}{comment}\n"))) as resolver:
        policy = resolver.policy
    assert [warning.code for warning in policy.ignored] == ["no-effect"]
    assert [ignore.code for ignore in policy.ignores] == ["same-model", "no-effect"]


def test_an_error_is_never_suppressed(tmp_path: Path) -> None:
    """The policy does not load; a suppressed warning is not shown beside the error."""
    path = edited(
        tmp_path,
        ("model_tiers", OVERRIDE, "      worker_a: fsat # resolver: ignore[unknown-tier]\n"),
        ("precedence", "      pri: 20\n", "      pri: 20\t# resolver: ignore[tab]\n"),
    )
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == ["unknown-tier"]


def test_a_comment_does_not_change_the_revision(tmp_path: Path) -> None:
    """The meaning of the policy is the same."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    plain = load_policy(edited(tmp_path / "one"))
    commented = load_policy(
        edited(tmp_path / "other", ("model_tiers", OVERRIDE, "      worker_a: fast # resolver: ignore[tab]\n"))
    )
    assert plain.revision == commented.revision
