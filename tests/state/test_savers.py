"""Authors who save the policy file in every way, beside processes that learn into it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from resolver import Resolver
from resolver.domain import Subject
from tests.state.own import STATE, left_over, own_policy

SECONDS = 120 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 6
"""How long each of the tests goes on."""

# Reads the file, adds a line, and saves that: by emptying the file and writing it in parts, or by renaming. What it
# read may be old by then. At the end it saves once more, and says what its last line is.
SAVER = """
import os, random, sys, time
path, how, seed, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
choose, end, number = random.Random(seed), time.monotonic() + seconds, 0
def save(text):
    if how == "rename":
        draft = path + ".draft"
        with open(draft, "w") as file:
            file.write(text)
        os.replace(draft, os.path.realpath(path))
        return
    cuts = sorted(choose.randrange(len(text)) for _ in range(choose.randrange(5)))
    with open(path, "w") as file:
        for begin, stop in zip([0, *cuts], [*cuts, len(text)]):
            file.write(text[begin:stop])
            file.flush()
            time.sleep(choose.choice([0, 0.01, 0.05, 0.2]))
while True:
    number += 1
    with open(path) as file:
        text = file.read()
    line = f"# saved {number}"
    kept = [each for each in text.splitlines(keepends=True) if not each.startswith("# saved ")]
    time.sleep(choose.choice([0, 0, 0.05, 0.5]))
    is_last = time.monotonic() > end
    save("".join(kept) + line + "\\n")
    if is_last:
        print(line)
        break
    time.sleep(choose.choice([0.1, 0.7, 1.0]))
"""
WRITER = """
import logging, sys, time
from resolver import Resolver, ResolverError
logging.disable(logging.CRITICAL)
path, who, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
end, number = time.monotonic() + seconds, 0
with Resolver.open(path) as resolver:
    while time.monotonic() < end:
        number += 1
        try:
            for _ in range(3):
                outcome = resolver.record_failure(f"{who}{number}", "worker_a", error="x")
        except ResolverError as error:
            print("refused", str(error).split("`")[-1][:60], file=sys.stderr)
            continue
        if outcome.effect == "escalate":
            print(f"{who}{number}:worker_a {outcome.escalation.to_tier}", flush=True)
"""

WAYS = [("truncate", 4), ("rename", 1)]
"""By night, both ways with one writer and with four."""
if os.environ.get("HYPOTHESIS_PROFILE") == "nightly":
    WAYS += [("truncate", 1), ("rename", 4)]


def started(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "writers"), WAYS)
def test_what_the_author_saved_and_what_was_acknowledged_is_there(how: str, writers: int, tmp_path: Path) -> None:
    """`the author's last line is there, and everything acknowledged is in force or shown as restorable`."""
    real = own_policy(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for file in real.glob("*.yaml"):
        (other / file.name).symlink_to(file)
    names = [real, other]
    saver = started(SAVER, real / STATE, how, writers, SECONDS)
    learning = [started(WRITER, names[number % 2], "abcd"[number], SECONDS + 1) for number in range(writers)]
    said, error = saver.communicate(timeout=SECONDS + 120)
    assert saver.returncode == 0, error
    acknowledged: dict[Subject, str] = {}
    for writer in learning:
        out, error = writer.communicate(timeout=SECONDS + 120)
        assert writer.returncode == 0, error
        for line in out.splitlines():
            key, tier = line.split()
            subject = Subject.parse(key)
            assert subject is not None
            acknowledged[subject] = tier
    text = (real / STATE).read_text()
    assert said.strip() in text
    assert "peer_3" in text, "a part of the file is missing"
    assert yaml.safe_load(text)["model_tiers"]["role_defaults"]["orchestrator"] == "reasoning"
    time.sleep(0.2)
    with Resolver.open(other) as resolver:
        entries, lost = resolver.escalations(), resolver.removed_entries()
        for subject, tier in acknowledged.items():
            assert entries.get(subject) == tier or lost[subject].from_tier == tier, subject
        for subject in lost:
            resolver.restore(subject.triad, subject.role)
        assert {subject: resolver.escalations().get(subject) for subject in acknowledged} == acknowledged
        assert resolver.removed_entries() == {}
    assert said.strip() in (real / STATE).read_text()
    assert left_over(real) == []
    assert acknowledged, "nothing escalated meanwhile"
