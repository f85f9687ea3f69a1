"""Calls that are wrong raise a `RequestError`; a state that cannot be used raises another `ResolverError`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resolver import RequestError, Resolver, ResolverError
from tests.state.own import own_policy

WRONG: dict[str, Callable[[Resolver], Any]] = {
    "colon": lambda resolver: resolver.resolve("layout", "a:b"),
    "phase": lambda resolver: resolver.resolve("layout", "critic", phase=3),  # type: ignore[arg-type]
    "fact": lambda resolver: resolver.resolve("layout", "critic", facts={"nothing": 1}),
    "facts": lambda resolver: resolver.explain("layout", "critic", facts=["nothing"]),  # type: ignore[arg-type]
    "kind": lambda resolver: resolver.record_failure("layout", "critic", kind="a\x00b"),
    "long": lambda resolver: resolver.record_failure("layout" * 1_000, "critic"),
    "ran_on": lambda resolver: resolver.record_success("layout", "critic", ran_on="fast"),  # type: ignore[arg-type]
    "no entry to lower": lambda resolver: resolver.lower("layout", "critic"),
    "no entry to restore": lambda resolver: resolver.restore("layout", "critic"),
    "tier": lambda resolver: resolver.lower("layout", "critic", "none"),
    "since": lambda resolver: resolver.history("yesterday"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_a_request_error(call: Callable[[Resolver], Any], tmp_path: Path) -> None:
    """The caller must correct the call; trying again fails again."""
    with Resolver.open(own_policy(tmp_path)) as resolver, pytest.raises(RequestError):
        call(resolver)


def test_a_state_that_cannot_be_used_is_no_request_error(tmp_path: Path) -> None:
    """The same call works once the state can be used."""
    with Resolver.open(own_policy(tmp_path)) as resolver:
        for file in resolver.policy.texts:
            file.unlink()
        with pytest.raises(ResolverError) as caught:
            [resolver.record_failure("layout", "worker_a") for _ in range(3)]
        assert not isinstance(caught.value, RequestError)
