"""What a long life costs: `without [letting go], 300 to 600 KB` stay of each ruleset, and with it next to none."""

from pathlib import Path
from random import Random

import pytest

from resolver.testing.strategies import yaml_text
from tests.processes import python
from tests.small_policies import ALWAYS, policy_data, rules, some_conditions

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured in /proc")

MEASURED = """
    import gc, os, sys
    from pathlib import Path
    from resolver import Resolver
    from resolver.loader import load_policy
    from resolver.table import compile_table

    def resident():
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 1024
"""


@pytest.mark.slow
def test_reloading_does_not_take_memory() -> None:
    """1,000 times the shipped policy, read and judged again, are 15,000 rulesets, of which less than 4 MB stays."""
    done = python(
        MEASURED
        + """
    resolver = Resolver.open()
    def again(times):
        for _ in range(times):
            resolver.reload()
            compile_table(resolver.policy)
    again(100)
    before = resident()
    again(1000)
    print(resident() - before)
    """
    )
    assert int(done.stdout or 10**9) < 4_000, done.stderr


@pytest.mark.slow
def test_other_policies_do_not_take_memory(tmp_path: Path) -> None:
    """300 random policies, opened one after the other, leave next to nothing behind."""
    pick = Random(1)
    for at in range(300):
        policy = policy_data(rules(*some_conditions(pick, pick.randrange(10)), ALWAYS))
        (tmp_path / f"{at}.yaml").write_text(yaml_text(policy), encoding="utf-8")
    done = python(MEASURED + """
    files = sorted(Path(sys.argv[1]).iterdir())
    def open_all():
        for file in files:
            compile_table(load_policy(file))
    open_all()
    before = resident()
    open_all()
    print(resident() - before)
    """, str(tmp_path))  # fmt: skip
    assert int(done.stdout or 10**9) < 4_000, done.stderr
