"""The policy author's bench: policy tests, diff, replay and what-if. It returns values and prints nothing."""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.author.diff.compare_policies import compare
    from resolver.author.diff.difference import (
        Cause,
        Difference,
        Direction,
        EntryChange,
        FactEffect,
        FactValue,
        ModelChange,
        Name,
        OutcomeChange,
        OutcomeEffect,
        OutcomeGroup,
        ProviderChange,
        RequestChange,
        RequestGroup,
        Verdict,
        direction,
        worst_first,
    )
    from resolver.author.diff.fact_choices import Choices, FactChoice
    from resolver.author.diff.name_groups import strikes_of
    from resolver.author.diff.sides import Side, of_path, side
    from resolver.author.diff.table_grid import Cell, GridRow, Matrix, Most, matrix
    from resolver.author.git_policy import nothing_at, revisions
    from resolver.author.policy_tests.case_files import files_of_tests, policy_beside, read_cases
    from resolver.author.policy_tests.cases import Case, Expectation, Step
    from resolver.author.policy_tests.coverage import Coverage, TableClass, coverage
    from resolver.author.policy_tests.run_cases import CaseFailure, Checked, Result, run_case
    from resolver.author.replay.replay_decisions import ChangedDecision, Decided
    from resolver.author.replay.replay_outcomes import replay_records
    from resolver.author.replay.replay_result import Divergence, Moment, Replay
    from resolver.author.what_if import Nearest, nearest
    from resolver.table import Answer

__all__ = [
    "Answer",
    "Case",
    "CaseFailure",
    "Cause",
    "Cell",
    "ChangedDecision",
    "Checked",
    "Choices",
    "Coverage",
    "Decided",
    "Difference",
    "Direction",
    "Divergence",
    "EntryChange",
    "Expectation",
    "FactChoice",
    "FactEffect",
    "FactValue",
    "GridRow",
    "Matrix",
    "ModelChange",
    "Moment",
    "Most",
    "Name",
    "Nearest",
    "OutcomeChange",
    "OutcomeEffect",
    "OutcomeGroup",
    "ProviderChange",
    "Replay",
    "RequestChange",
    "RequestGroup",
    "Result",
    "Side",
    "Step",
    "TableClass",
    "Verdict",
    "compare",
    "coverage",
    "direction",
    "files_of_tests",
    "matrix",
    "nearest",
    "nothing_at",
    "of_path",
    "policy_beside",
    "read_cases",
    "replay_records",
    "revisions",
    "run_case",
    "side",
    "strikes_of",
    "worst_first",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.author.diff.compare_policies": ("compare",),
        "resolver.author.diff.difference": (
            "Cause",
            "Difference",
            "Direction",
            "EntryChange",
            "FactEffect",
            "FactValue",
            "ModelChange",
            "Name",
            "OutcomeChange",
            "OutcomeEffect",
            "OutcomeGroup",
            "ProviderChange",
            "RequestChange",
            "RequestGroup",
            "Verdict",
            "direction",
            "worst_first",
        ),
        "resolver.author.diff.fact_choices": (
            "Choices",
            "FactChoice",
        ),
        "resolver.author.diff.name_groups": ("strikes_of",),
        "resolver.author.diff.sides": (
            "Side",
            "of_path",
            "side",
        ),
        "resolver.author.diff.table_grid": (
            "Cell",
            "GridRow",
            "Matrix",
            "Most",
            "matrix",
        ),
        "resolver.author.git_policy": (
            "nothing_at",
            "revisions",
        ),
        "resolver.author.policy_tests.case_files": (
            "files_of_tests",
            "policy_beside",
            "read_cases",
        ),
        "resolver.author.policy_tests.cases": (
            "Case",
            "Expectation",
            "Step",
        ),
        "resolver.author.policy_tests.coverage": (
            "Coverage",
            "TableClass",
            "coverage",
        ),
        "resolver.author.policy_tests.run_cases": (
            "CaseFailure",
            "Checked",
            "Result",
            "run_case",
        ),
        "resolver.author.replay.replay_decisions": (
            "ChangedDecision",
            "Decided",
        ),
        "resolver.author.replay.replay_outcomes": ("replay_records",),
        "resolver.author.replay.replay_result": (
            "Divergence",
            "Moment",
            "Replay",
        ),
        "resolver.author.what_if": (
            "Nearest",
            "nearest",
        ),
        "resolver.table": ("Answer",),
    },
)
