"""What the proof costs, for policies of many rules, facts and roles; each in a process of its own, for its memory."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.policies import write
from benchmarks.rows import TIERS, Rows
from resolver.loader import shipped_policy

Line = tuple[str, str, str, str]
Condition = dict[str, Any]

_PROVE = """
import json, logging, sys, time
from pathlib import Path
from resolver.loader import load_policy
from resolver.prover import prove
from resolver.table import compile_table
logging.disable()
load_policy(Path(sys.argv[2]))  # what is imported once for all policies is not counted
started = time.perf_counter()
table = compile_table(load_policy(Path(sys.argv[1])))
judged = time.perf_counter()
proof = prove(table)
done = time.perf_counter()
status = Path("/proc/self/status").read_text()  # getrusage would tell of the process that started this one
memory = int(status.split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps([judged - started, done - judged, proof.subjects, proof.states, memory]))
"""


def proof_lines(scratch: Path, shipped: Rows, *, quick: bool) -> Iterator[Line]:
    """Yield how long it takes to load, judge and prove the policies that are hardest on the prover."""
    yield _line("load and prove the shipped policy", write(shipped, scratch / "prove_shipped"), "50 ms")
    yield _line("… 100 rules over 20 roles, 10 phases, 3 triads", many_rules(scratch / "rules"), "1,000 ms")
    facts = {f"fact_{at}": {"values": list("abcd")} for at in range(6)}
    yield _line(
        "… 6 extra facts of 4 values", write_rules(scratch / "facts", {"tier": _fact_rules(20)}, facts), "2,000 ms"
    )
    roles = 10_000 if quick else 100_000
    yield _line(f"… {roles:,} roles", write(_roles(roles), scratch / "roles"), "2,000 ms")


def many_rules(path: Path) -> Path:
    """Write a policy of 100 rules over 20 roles, 10 phases and 3 triads."""
    return write_rules(path, {"tier": _rules(100)})


@dataclass(frozen=True, slots=True)
class Policy:
    """What it took to load and prove a policy: seconds, and the peak memory of its process in MiB."""

    loaded: float
    proven: float
    subjects: int
    states: int
    memory: float

    @property
    def seconds(self) -> float:
        """Return the time of both together."""
        return self.loaded + self.proven


def measured(path: Path) -> Policy:
    """Load and prove the policy at `path` in a process of its own."""
    arguments = [sys.executable, "-c", _PROVE, str(path), str(shipped_policy())]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    return Policy(*json.loads(done.stdout))


def _line(name: str, path: Path, reach: str) -> Line:
    done = measured(path)
    figure = f"{done.seconds * 1e3:.0f} ms, of which the proof {done.proven * 1e3:.0f} ms"
    size = f"{done.subjects:,} subjects, {done.states:,} states, {done.memory:.0f} MiB"
    return name, figure, size, f"{reach}, 200 MiB"


def write_rules(path: Path, rulesets: dict[str, Any], facts: dict[str, Any] | None = None) -> Path:
    """Write the shipped policy with more rules in front of its own, and extra facts."""
    write(Rows({f"role_{at}": TIERS[at % 3] for at in range(20)}, {}, {}), path)
    for file in path.glob("*.yaml"):  # make room in front of the shipped rules
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        for rules in content.get("rulesets", {}).values():
            for rule in rules.values():
                rule["pri"] *= 1_090
        file.write_text(json.dumps(content), encoding="utf-8")
    (path / "more.yaml").write_text(json.dumps({"rulesets": rulesets, "facts": facts or {}}), encoding="utf-8")
    return path


def _rules(count: int) -> dict[str, Any]:
    chance = random.Random(3)
    found = {}
    for at in range(count):
        parts: list[Condition] = [{"role": chance.sample([f"role_{role}" for role in range(20)], chance.randint(1, 3))}]
        if chance.random() < 0.6:
            parts.append({"phase": f"phase_{chance.randrange(10)}"})
        if chance.random() < 0.3:
            parts.append({"triad": f"triad_{chance.randrange(3)}"})
        found[f"rule_{at}"] = _rule(100 + at, parts, chance.choice(TIERS))
    return found


def _fact_rules(count: int) -> dict[str, Any]:
    chance = random.Random(4)
    found = {}
    for at in range(count):
        facts = chance.sample(range(6), chance.randint(1, 6))
        parts: list[Condition] = [{f"fact_{fact}": chance.choice("abcd")} for fact in facts]
        found[f"rule_{at}"] = _rule(100 + at, parts, chance.choice(TIERS))
    return found


def _rule(pri: int, parts: list[Condition], tier: str) -> dict[str, Any]:
    return {"pri": pri, "all": [{"m": {"$and": parts}}], "run": {"tier": tier}}


def _roles(count: int) -> Rows:
    chance = random.Random(5)
    defaults = {f"role_{at}": chance.choice(TIERS) for at in range(count)}
    overrides = {f"phase_{at}": {f"role_{r}": chance.choice(TIERS) for r in range(at, count, 50)} for at in range(3)}
    return Rows(defaults, overrides, {})
