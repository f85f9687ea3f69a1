import pytest

from resolver.domain import Ladder


def test_the_next_tier_is_one_step_up() -> None:
    """Above each tier is the next one, and nothing above the top."""
    ladder = Ladder(("fast", "general", "reasoning"))
    assert [ladder.above(tier) for tier in ladder.tiers] == ["general", "reasoning", None]
    assert [ladder.rank(tier) for tier in ladder.tiers] == [0, 1, 2]


def test_the_top_of_a_ladder_of_one_is_its_only_tier() -> None:
    """A ladder of one step has a top and nothing above it."""
    assert (Ladder(("only",)).top, Ladder(("only",)).above("only")) == ("only", None)


def test_a_tier_that_is_not_on_the_ladder_has_no_rank() -> None:
    """An unknown tier is an error of the program, never rank 0."""
    with pytest.raises(ValueError, match="not in"):
        Ladder(("fast",)).rank("slow")
