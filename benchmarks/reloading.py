"""What requests notice of a policy that is loaded and proven meanwhile, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.proving import many_rules

Line = tuple[str, str, str, str]

_RESOLVE = """
import json, logging, sys, time
from pathlib import Path
from resolver import Resolver
from resolver.prover import prove
from resolver.state import FileStore
from resolver.serving import LivePolicy
from resolver.table import compile_table
logging.disable()
path, seconds = Path(sys.argv[1]), float(sys.argv[2])
is_long, over = False, 0.0
def prover(table):
    global over
    proof = prove(table)
    end = time.perf_counter() + (seconds if is_long else 0)
    while time.perf_counter() < end:
        proof = prove(compile_table(table.policy))  # the rules engine is asked again, too
    over = time.perf_counter()
    return proof
live = LivePolicy(path, prover=prover)
resolver = Resolver(live, FileStore(live))
def longest(is_over):
    most = count = 0
    while count % 1_000 or not is_over():
        count += 1
        started = time.perf_counter_ns()
        resolver.resolve("triad_1", "role_3", phase="phase_2")
        most = max(most, time.perf_counter_ns() - started)
    return most / 1e6, count
until = time.perf_counter() + seconds
without = longest(lambda: time.perf_counter() >= until)
file = path / "model_tiers.yaml"
file.write_text(file.read_text().replace('"role_3": "fast"', '"role_3": "reasoning"'))
is_long, over = True, 0.0
before, started = live.table, time.perf_counter()
during = longest(lambda: live.table is not before)
assert live.table.policy.revision != before.policy.revision
print(json.dumps([*without, *during, time.perf_counter() - started, sys.getswitchinterval() * 1e3]))
"""


def reload_lines(scratch: Path, *, quick: bool) -> Iterator[Line]:
    """Yield the longest request while a policy is proven for 3 seconds, beside the longest while none is."""
    seconds = 0.5 if quick else 3
    arguments = [sys.executable, "-c", _RESOLVE, str(many_rules(scratch / "reloaded")), str(seconds)]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    without, _, during, _, taken, switch = json.loads(done.stdout)
    assert taken >= seconds
    name = f"the longest `resolve` while an edit is proven for {seconds:g} s"
    yield name, f"{during:.1f} ms", f"{without:.1f} ms without; threads take turns of {switch:g} ms", ""
