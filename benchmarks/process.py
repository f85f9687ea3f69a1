"""What only a process of its own can tell: the time of an import, and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_IMPORT = """
import json, sys, time
started = time.perf_counter()
import resolver
seconds = time.perf_counter() - started
heavy = [name for name in ("agno", "keycycle", "groq", "cerebras", "google.genai", "openai") if name in sys.modules]
print(json.dumps({"seconds": seconds, "heavy": heavy}))
"""

_MEMORY = """
import json, sys
from pathlib import Path
from resolver import Resolver
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024
resolver = Resolver.open(sys.argv[1])
decisions, reloads = int(sys.argv[2]), int(sys.argv[3])
def decide(count):
    for at in range(count):
        resolver.resolve(f"triad_{at % 1000}", f"role_{at % 5000}", phase="execution")
def reload(count):
    for _ in range(count):
        resolver.reload()
decide(1000); reload(20)
loaded = resident()
decide(decisions)
decided = resident()
reload(reloads)
print(json.dumps({"loaded": loaded, "decided": decided, "reloaded": resident()}))
"""


def import_seconds(runs: int) -> tuple[float, list[str]]:
    """Return how long `import resolver` takes at best, and which agent packages it pulls in."""
    found = [_run(_IMPORT) for _ in range(runs)]
    return min(run["seconds"] for run in found), found[0]["heavy"]


def memory(policy: Path, decisions: int, reloads: int) -> dict[str, float]:
    """Return the resident MiB of a process after loading, after `decisions` and after `reloads`."""
    return {name: float(value) for name, value in _run(_MEMORY, str(policy), str(decisions), str(reloads)).items()}


def _run(program: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))
