"""Arguments of a wrong type, and names that no file can have, are a ResolverError that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from tests.state.own import own_policy


class Strange(PathLike[str]):
    """A path that has no name."""

    def __fspath__(self) -> str:
        return 5  # type: ignore[return-value]


VALUES: list[Any] = [5, 1.5, True, [], {1}, b"x", Strange(), Path("a\0b"), "\0", "\ud800", "x" * 5_000]
CALLS: dict[str, Callable[[Resolver, Any], object]] = {
    "a restored role": lambda resolver, value: resolver.restore("t", value),
    "a lowered triad": lambda resolver, value: resolver.lower(value, "worker_a"),
    "a lower tier": lambda resolver, value: resolver.lower("t", "worker_a", value),
    "entries": lambda resolver, value: resolver.import_entries(value or VALUES[0]),
    "an entry's subject": lambda resolver, value: resolver.import_entries({repr(value): "general"}),  # type: ignore[dict-item]
    "an entry's tier": lambda resolver, value: resolver.import_entries({Subject("t", "r"): value}),
    "an entry's reason": lambda resolver, value: resolver.import_entries({}, {Subject("t", "r"): value}),
    "a provider's failure": lambda resolver, value: resolver.note_provider_failure(value),
    "a kind": lambda resolver, value: resolver.record_failure("t", "worker_a", kind=value),
    "a key": lambda resolver, value: resolver.record_success("t", "worker_a", key=value),
    "facts": lambda resolver, value: resolver.resolve("t", "worker_a", facts=value or VALUES[0]),
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolver]:
    with Resolver.open(own_policy(tmp_path_factory.mktemp("own"))) as resolver:
        yield resolver


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{value!r:.10}")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_call_with_a_wrong_value(call: Callable[[Resolver, Any], object], value: Any, opened: Resolver) -> None:
    with pytest.raises(ResolverError):
        call(opened, value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{value!r:.10}")
@pytest.mark.parametrize("name", ["path", "state"])
def test_open_with_a_wrong_value(name: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises(ResolverError):
        Resolver.open(**({"path": own_policy(tmp_path)} | {name: value}))


@pytest.mark.parametrize("value", [v for v in VALUES if v != b"x"], ids=lambda value: f"{value!r:.10}")
def test_decision_log_with_a_wrong_name(value: Any, opened: Resolver) -> None:
    with pytest.raises(ResolverError):
        Resolver.open(opened._live.path, decision_log=value)


@pytest.mark.parametrize("since", ["2026-01-01", 5, date(2026, 1, 1), b"", [], {}], ids=repr)
def test_history_since_what_is_no_time(since: Any, opened: Resolver) -> None:
    with pytest.raises(ResolverError, match="`since` is a `datetime`"):
        opened.history(since=since)
