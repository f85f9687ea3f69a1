"""The policy author's bench: policy tests, coverage, differences, replay. Values in, values out."""

from resolver.author.case_files import files_of_tests, is_test_file, policy_of, read_cases
from resolver.author.cases import Case, Expectation, Step
from resolver.author.coverage import Coverage, TableClass, coverage
from resolver.author.judged import judged
from resolver.author.running import CaseFailure, Checked, Result, run_case

__all__ = [
    "Case",
    "CaseFailure",
    "Checked",
    "Coverage",
    "Expectation",
    "Result",
    "Step",
    "TableClass",
    "coverage",
    "files_of_tests",
    "is_test_file",
    "judged",
    "policy_of",
    "read_cases",
    "run_case",
]
