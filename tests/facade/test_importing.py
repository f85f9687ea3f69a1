"""What many hosts have learned in their files, on the way into a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Resolver, ResolverError
from resolver.diagnostics import PolicyError
from resolver.domain import Ladder, Subject
from resolver.facade.importing import highest_entries
from tests.state.own import STATE, own_policy

LADDER = Ladder(("fast", "general", "reasoning"))
A, B, C = Subject("layout", "worker_a"), Subject("layout", "worker_b"), Subject("a:b", "worker_a")


def host(folder: Path, name: str, entries: Mapping[Subject, str]) -> Path:
    """The policy of a host with these entries."""
    lines = "".join(f'\n    "{subject}": {tier}' for subject, tier in entries.items())
    (folder / name).mkdir()
    return own_policy(folder / name, lines or " {}")


def test_highest_entry_of_any_host_counts(tmp_path: Path) -> None:
    """Directories, and files that were copied out of them."""
    first = host(tmp_path, "first", {A: "general", B: "reasoning"})
    second = host(tmp_path, "second", {A: "reasoning", B: "fast", C: "fast"})
    copied = tmp_path / "host03.yaml"
    copied.write_bytes((host(tmp_path, "third", {C: "general"}) / STATE).read_bytes())
    found = highest_entries([first, second, host(tmp_path, "fourth", {}), copied], LADDER)
    assert {subject: entry.tier for subject, entry in found.items()} == {A: "reasoning", B: "reasoning", C: "general"}
    assert [found[subject].file for subject in (A, B, C)] == [str(second / STATE), str(first / STATE), str(copied)]
    assert list(found) == sorted(found)


def test_tier_that_the_ladder_lacks_is_named_with_file_line_and_subject(tmp_path: Path) -> None:
    """All of them at once, and nothing is imported."""
    first = host(tmp_path, "first", {A: "general", B: "reasoning"})
    second = host(tmp_path, "second", {B: "reasoning"})
    lines = (first / STATE).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if f'"{B}"' in text)
    with pytest.raises(ResolverError) as raised:
        highest_entries([first, second], Ladder(("fast", "general")))
    said = str(raised.value).splitlines()
    assert said[0] == "nothing was imported, since entries are no tiers of the policy (`fast`, `general`):"
    assert said[1].startswith(f"{first / STATE}:{line}")
    assert said[1].endswith(f": the entry of `{B}` is `reasoning`")
    assert len(said) == 3


def test_wrong_and_missing_files_are_errors(tmp_path: Path) -> None:
    wrong = host(tmp_path, "wrong", {A: "fats"})
    with pytest.raises(PolicyError):
        highest_entries([wrong], LADDER)
    with pytest.raises(ResolverError):
        highest_entries([tmp_path / "none.yaml"], LADDER)


def test_import_needs_a_database(tmp_path: Path) -> None:
    with Resolver.open(own_policy(tmp_path)) as resolver, pytest.raises(ResolverError, match="needs a database; --st"):
        resolver.import_entries({A: "reasoning"})


@given(
    hosts=st.lists(st.dictionaries(st.sampled_from([A, B, C]), st.sampled_from(LADDER.tiers)), min_size=1, max_size=4),
    data=st.data(),
)
def test_order_of_files_does_not_matter(
    hosts: list[dict[Subject, str]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No entry is below that of any host."""
    folder = tmp_path_factory.mktemp("hosts")
    files = [host(folder, str(number), entries) / STATE for number, entries in enumerate(hosts)]
    one = highest_entries(files, LADDER)
    other = highest_entries(data.draw(st.permutations(files)), LADDER)
    tiers = {subject: entry.tier for subject, entry in one.items()}
    assert tiers == {subject: entry.tier for subject, entry in other.items()}
    for entries in hosts:
        assert all(LADDER.rank(tiers[subject]) >= LADDER.rank(tier) for subject, tier in entries.items())
