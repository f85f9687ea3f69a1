"""The policy author's bench: policy tests, coverage, differences, replay. Values in, values out."""

from resolver.author.belonging import Known, policy_of
from resolver.author.case_files import files_of_tests, is_test_file, read_cases
from resolver.author.cases import Case, Expectation, Step
from resolver.author.compare import compare
from resolver.author.compared import strikes_of
from resolver.author.coverage import Coverage, TableClass, coverage
from resolver.author.decided import Decided, Otherwise
from resolver.author.difference import (
    Difference,
    Direction,
    EntryChange,
    ModelChange,
    Name,
    Occasion,
    OutcomeChange,
    Reaction,
    RequestChange,
    Verdict,
    Who,
)
from resolver.author.judged import judged
from resolver.author.matrix import Cell, Matrix, matrix
from resolver.author.matrix import Row as MatrixRow
from resolver.author.nearest import Nearest, nearest
from resolver.author.replay import replay
from resolver.author.replayed import Divergence, Moment, Replay
from resolver.author.repository import nothing_at, revisions
from resolver.author.running import CaseFailure, Checked, Result, run_case
from resolver.author.sides import Side, of_path, side
from resolver.table import Answer

__all__ = [
    "Answer",
    "Case",
    "CaseFailure",
    "Cell",
    "Checked",
    "Coverage",
    "Decided",
    "Difference",
    "Direction",
    "Divergence",
    "EntryChange",
    "Expectation",
    "Known",
    "Matrix",
    "MatrixRow",
    "ModelChange",
    "Moment",
    "Name",
    "Nearest",
    "Occasion",
    "Otherwise",
    "OutcomeChange",
    "Reaction",
    "Replay",
    "RequestChange",
    "Result",
    "Side",
    "Step",
    "TableClass",
    "Verdict",
    "Who",
    "compare",
    "coverage",
    "files_of_tests",
    "is_test_file",
    "judged",
    "matrix",
    "nearest",
    "nothing_at",
    "of_path",
    "policy_of",
    "read_cases",
    "replay",
    "revisions",
    "run_case",
    "side",
    "strikes_of",
]
