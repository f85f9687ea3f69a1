"""The errors behind an error, which adapters wrap, raise from themselves, or drop."""

from __future__ import annotations

from collections.abc import Iterator

_DEEPEST = 20


def error_chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the errors behind it, by their causes or else by their contexts."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain and len(chain) < _DEEPEST:
        yield following
        chain.append(following)
        behind = following.__cause__
        following = following.__context__ if behind is None or behind is following else behind
