"""A mapping that shares its entries with earlier versions is a dict to all who read it."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.table import changed_mapping
from resolver.table.changed_mapping import ChangedMapping, with_changes

keys = st.sampled_from("abcdefgh")
changes = st.dictionaries(keys, st.none() | st.integers(0, 3), max_size=4)


@given(first=st.dictionaries(keys, st.integers(0, 3)), steps=st.lists(changes, max_size=8), copied=st.integers(0, 9))
def test_each_version_is_the_dict_that_it_stands_for(
    first: dict[str, int], steps: list[dict[str, int | None]], copied: int
) -> None:
    """It has the same content, length and order as a copied dict, below and above `COPIED`, and the old one stays."""
    versions, expected = [with_changes(first, {})], [first.copy()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changed_mapping, "COPIED", copied)
        patch.setattr(changed_mapping, "_BULK", 0)
        for step in steps:
            versions.append(with_changes(versions[-1], step))
            new = expected[-1].copy()
            for key, value in step.items():
                if value is None:
                    new.pop(key, None)
                else:
                    new[key] = value
            expected.append(new)
    for version, content in zip(versions, expected, strict=True):
        assert [*version.items()] == [*content.items()]
        assert ([*version], [*version.keys()], [*version.values()]) == ([*content], [*content], [*content.values()])
        assert (len(version), bool(version)) == (len(content), bool(content))
        assert dict(version) == content
        assert version == content
        assert content == version
        assert version != {**content, "z": 1}
        for key in "abcdefghz":
            assert (key in version, version.get(key), version.get(key, -1)) == (
                key in content,
                content.get(key),
                content.get(key, -1),
            )


def test_small_mappings_and_large_changes_make_dicts() -> None:
    """A dict answers faster, and costs no more than what changes."""
    many = {at: at for at in range(changed_mapping.COPIED + 1)}
    assert type(with_changes({1: 1}, {2: 2})) is dict
    assert type(with_changes(many, dict.fromkeys(many, 1))) is dict
    large = with_changes(many, {0: 1})
    assert type(large) is ChangedMapping
    assert type(with_changes(large, {1: 2})) is ChangedMapping
    assert type(with_changes(large, dict.fromkeys(many, 1))) is dict


def test_a_changed_mapping_is_a_mapping_like_a_proxy() -> None:
    """It can be printed and pickled, not hashed, and a key that is missing or cannot be hashed is the dict's error."""
    mapping = ChangedMapping({"a": 1}).with_changes({"b": 2})
    assert repr(mapping) == "ChangedMapping({'a': 1, 'b': 2})"
    assert pickle.loads(pickle.dumps(mapping)) == mapping
    assert mapping.keys() | {"c"} == {"a", "b", "c"}
    assert mapping != 1
    with pytest.raises(KeyError, match=r"^'c'$"):
        mapping["c"]
    with pytest.raises(TypeError):
        hash(mapping)
    with pytest.raises(TypeError):
        mapping.get([])  # type: ignore[call-overload]


def test_a_deleted_addition_leaves_nothing() -> None:
    """Entries that come and go take no memory."""
    mapping = ChangedMapping({"a": 1})
    for at in range(100):
        mapping = mapping.with_changes({f"new_{at}": 1}).with_changes({f"new_{at}": None})
    assert (mapping.size, len(mapping)) == (1, 1)
