"""A thread that decides all the time, and remembers the longest decision and each agent that fell."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from resolver import Resolver

LADDER = ["fast", "general", "reasoning"]
_SECONDS_BETWEEN = 0.0005
"""A pause that leaves the processor to what is tested."""


class Decider(threading.Thread):
    """Decides for `worker_a` of each triad until `stop`; `wrong` has each error, and each tier below an earlier one."""

    def __init__(self, resolver: Resolver, triads: tuple[str, ...]) -> None:
        super().__init__(daemon=True)
        self.resolver = resolver
        self.highest = dict.fromkeys(triads, 0)
        self.count = 0
        self.longest = 0.0
        self.wrong: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(_SECONDS_BETWEEN):
            for triad, highest in self.highest.items():
                started = time.perf_counter()
                try:
                    tier = self.resolver.resolve(triad, "worker_a").tier
                except Exception as error:
                    self.wrong.append(repr(error))
                    return
                self.longest = max(self.longest, time.perf_counter() - started)
                self.count += 1
                if LADDER.index(tier) < highest:
                    self.wrong.append(f"`{triad}` fell from {LADDER[highest]} to {tier}")
                self.highest[triad] = LADDER.index(tier)

    def stop(self) -> None:
        self.stopped.set()
        self.join(10)
        if self.is_alive():
            self.wrong.append("a decision has been waiting for ten seconds")


Deciding = Callable[..., AbstractContextManager[Decider]]
"""Starts a Decider for a resolver and some triads, and checks it at the end of the block."""
