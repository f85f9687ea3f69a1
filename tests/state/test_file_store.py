"""Files of a policy change only where an escalation is recorded, and are read again only when they changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from resolver import Resolver, ResolverError
from resolver.domain import Subject
from resolver.serving import LivePolicy
from resolver.serving.policy_text import PolicyText
from resolver.state import FileStore, now
from tests.state.own import STATE, fail, left_over, own_policy, settled, take_out, whats

KEY = Subject("layout", "worker_a")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return own_policy(tmp_path)


class TestWhatStaysAsItWas:
    def test_reading_leaves_no_file(self, policy: Path) -> None:
        before = sorted(file.name for file in policy.iterdir())
        with Resolver.open(policy) as resolver:
            resolver.resolve("layout", "worker_a")
            resolver.explain("layout", "worker_a")
            seen = (resolver.escalations(), resolver.streaks(), resolver.history(), resolver.removed_entries())
        assert seen == ({}, {}, [], {})
        assert sorted(file.name for file in policy.iterdir()) == before

    def test_text_is_read_again_only_when_it_changed(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reads: list[Path] = []
        read = PolicyText.read.__func__  # type: ignore[attr-defined]

        def counted(cls: type[PolicyText], path: Path) -> PolicyText:
            reads.append(path)
            found: PolicyText = read(cls, path)
            return found

        monkeypatch.setattr(PolicyText, "read", classmethod(counted))
        with Resolver.open(policy) as resolver:
            fail(resolver, times=5)
            assert len(reads) == 1
            (policy / STATE).write_text((policy / STATE).read_text() + "# more\n")
            fail(resolver, times=5)
            assert len(reads) == 2

    def test_entry_that_makes_the_file_too_large_is_refused(
        self, policy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = (policy / STATE).read_bytes()
        monkeypatch.setattr("resolver.serving.policy_text.LARGEST_FILE", len(text) + 5)
        with Resolver.open(policy) as resolver:
            fail(resolver, times=2)
            with pytest.raises(ResolverError, match="it would be larger than"):
                fail(resolver)
            assert (resolver.history(), resolver.streaks()[KEY].strikes) == ([], 2)
        assert (policy / STATE).read_bytes() == text
        assert left_over(policy) == []

    @pytest.mark.slow
    def test_clock_that_jumps_back(self, policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """History stays in the order of what happened."""
        with Resolver.open(policy) as resolver:
            fail(resolver, times=3)
            moved = now().replace(year=2001)
            monkeypatch.setattr("resolver.facade.recording.now", lambda: moved)
            monkeypatch.setattr("resolver.state.edits_by_people.now", lambda: moved)
            monkeypatch.setattr("time.time_ns", lambda: 10**18)
            fail(resolver, times=3)
            os.utime(policy / STATE, (10**9, 10**9))
            assert whats(resolver) == ["escalate", "hold"]
            take_out(policy)
            os.utime(policy / STATE, (10**9 + 60, 10**9 + 60))
            settled(resolver)
            assert KEY in resolver.removed_entries()
            assert whats(resolver) == ["escalate", "hold", "removed"]

    def test_explain_shows_the_lines_after_an_own_write(self, tmp_path: Path) -> None:
        shipped = own_policy(tmp_path)
        single = tmp_path / "one.yaml"
        texts = [(shipped / name).read_text() for name in (STATE, "precedence.yaml", "three_strikes.yaml")]
        joined = texts[0] + texts[1] + texts[2].replace("rulesets:\n", "", 1)
        single.write_text(joined)
        with Resolver.open(single) as resolver:
            fail(resolver, times=3)
            lines = single.read_text().splitlines()
            for report in resolver.explain("layout", "worker_a").rules:
                assert lines[report.rule.place.line - 1].strip() == f"{report.rule.name}:"

    def test_shipped_policy_is_not_written_into(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with Resolver.open() as resolver:
            with pytest.raises(ResolverError, match="is read-only; `resolver init DIR`"):
                fail(resolver)
            with pytest.raises(ResolverError, match="is read-only; `resolver init DIR`"):
                resolver.record_success("layout", "worker_a")
            assert resolver.history() == []

    def test_recording_below_the_threshold_is_quick(self, policy: Path) -> None:
        """A count takes a commit and no fsync; the benchmark has the figures."""
        with Resolver.open(policy) as resolver:
            taken = []
            for number in range(200):
                start = time.perf_counter()
                resolver.record_failure("layout", f"role_{number}")
                taken.append(time.perf_counter() - start)
        assert sorted(taken)[100] < 0.01

    def test_store_is_the_protocol(self, policy: Path) -> None:
        store = FileStore(LivePolicy(policy))
        assert store.standing(KEY).entry is None
        store.close()
