"""The bench of policy authors: tests, diff, replay, rename, fixes and what-if. It returns values and prints nothing."""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.author.check_pages import page_of, pages
    from resolver.author.completion.complete import Completion, Completions, complete
    from resolver.author.completion.suggestions import SuggestionSort
    from resolver.author.completion.templates import plain_text, snippet_text
    from resolver.author.diff.changed_settings import CoolDownChange, ModelChange, ProviderChange
    from resolver.author.diff.compare_policies import compare
    from resolver.author.diff.difference import (
        Cause,
        Difference,
        Direction,
        EntryChange,
        FactEffect,
        FactValue,
        Name,
        OutcomeChange,
        OutcomeEffect,
        OutcomeGroup,
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
    from resolver.author.file_outline import Heading, HeadingKind, outline
    from resolver.author.first_policy import new_policy
    from resolver.author.fixes.findings import Findings, findings
    from resolver.author.fixes.fix import Fix, fixes_of
    from resolver.author.fixes.repair import Repair, repair
    from resolver.author.git_policy import nothing_at, revisions
    from resolver.author.hover.hover import explanation_of, meaning_of
    from resolver.author.hover.word_at import WordAt, word_at
    from resolver.author.lints import lint
    from resolver.author.policy_analysis import Analysis, analyze_texts, prove_and_test
    from resolver.author.policy_in_folder import Holding, holding, policy_of
    from resolver.author.policy_snapshot import Snapshot
    from resolver.author.policy_tests.case_files import read_all_cases, read_cases
    from resolver.author.policy_tests.case_paths import (
        files_of_tests,
        is_test_file_name,
        misnamed_tests,
        policy_beside,
        unreadable_tests,
    )
    from resolver.author.policy_tests.cases import Case, Expectation, Step
    from resolver.author.policy_tests.coverage import Coverage, TableClass, count_of_classes, coverage
    from resolver.author.policy_tests.run_cases import CaseFailure, Checked, Result, run_case
    from resolver.author.rename.changed_lines import unified_diff
    from resolver.author.rename.name_at import NameAt, name_at
    from resolver.author.rename.names import Occurrence
    from resolver.author.rename.policy_names import PolicyNames, PolicyTexts
    from resolver.author.rename.read_texts import PolicyFiles
    from resolver.author.rename.rename_edits import Edits, not_there, rename_edits, renamed_texts, ruleset_of_rule
    from resolver.author.replay.outcome_lines import lines_of
    from resolver.author.replay.replay_decisions import ChangedDecision, Decided
    from resolver.author.replay.replay_outcomes import replay_records
    from resolver.author.replay.replay_result import Divergence, Moment, Replay
    from resolver.author.table_words import decision_texts, escalated_text, names_text, phases_text
    from resolver.author.what_if import Nearest, nearest
    from resolver.table import Answer

__all__ = [
    "Analysis",
    "Answer",
    "Case",
    "CaseFailure",
    "Cause",
    "Cell",
    "ChangedDecision",
    "Checked",
    "Choices",
    "Completion",
    "Completions",
    "CoolDownChange",
    "Coverage",
    "Decided",
    "Difference",
    "Direction",
    "Divergence",
    "Edits",
    "EntryChange",
    "Expectation",
    "FactChoice",
    "FactEffect",
    "FactValue",
    "Findings",
    "Fix",
    "GridRow",
    "Heading",
    "HeadingKind",
    "Holding",
    "Matrix",
    "ModelChange",
    "Moment",
    "Most",
    "Name",
    "NameAt",
    "Nearest",
    "Occurrence",
    "OutcomeChange",
    "OutcomeEffect",
    "OutcomeGroup",
    "PolicyFiles",
    "PolicyNames",
    "PolicyTexts",
    "ProviderChange",
    "Repair",
    "Replay",
    "RequestChange",
    "RequestGroup",
    "Result",
    "Side",
    "Snapshot",
    "Step",
    "SuggestionSort",
    "TableClass",
    "Verdict",
    "WordAt",
    "analyze_texts",
    "compare",
    "complete",
    "count_of_classes",
    "coverage",
    "decision_texts",
    "direction",
    "escalated_text",
    "explanation_of",
    "files_of_tests",
    "findings",
    "fixes_of",
    "holding",
    "is_test_file_name",
    "lines_of",
    "lint",
    "matrix",
    "meaning_of",
    "misnamed_tests",
    "name_at",
    "names_text",
    "nearest",
    "new_policy",
    "not_there",
    "nothing_at",
    "of_path",
    "outline",
    "page_of",
    "pages",
    "phases_text",
    "plain_text",
    "policy_beside",
    "policy_of",
    "prove_and_test",
    "read_all_cases",
    "read_cases",
    "rename_edits",
    "renamed_texts",
    "repair",
    "replay_records",
    "revisions",
    "ruleset_of_rule",
    "run_case",
    "side",
    "snippet_text",
    "strikes_of",
    "unified_diff",
    "unreadable_tests",
    "word_at",
    "worst_first",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.author.check_pages": ("page_of", "pages"),
        "resolver.author.diff.changed_settings": ("CoolDownChange", "ModelChange", "ProviderChange"),
        "resolver.author.diff.compare_policies": ("compare",),
        "resolver.author.diff.difference": (
            "Cause",
            "Difference",
            "Direction",
            "EntryChange",
            "FactEffect",
            "FactValue",
            "Name",
            "OutcomeChange",
            "OutcomeEffect",
            "OutcomeGroup",
            "RequestChange",
            "RequestGroup",
            "Verdict",
            "direction",
            "worst_first",
        ),
        "resolver.author.diff.fact_choices": ("Choices", "FactChoice"),
        "resolver.author.diff.name_groups": ("strikes_of",),
        "resolver.author.diff.sides": ("Side", "of_path", "side"),
        "resolver.author.diff.table_grid": ("Cell", "GridRow", "Matrix", "Most", "matrix"),
        "resolver.author.first_policy": ("new_policy",),
        "resolver.author.fixes.findings": ("Findings", "findings"),
        "resolver.author.fixes.fix": ("Fix", "fixes_of"),
        "resolver.author.fixes.repair": ("Repair", "repair"),
        "resolver.author.git_policy": ("nothing_at", "revisions"),
        "resolver.author.lints": ("lint",),
        "resolver.author.file_outline": ("Heading", "HeadingKind", "outline"),
        "resolver.author.policy_analysis": ("Analysis", "analyze_texts", "prove_and_test"),
        "resolver.author.policy_in_folder": ("Holding", "holding", "policy_of"),
        "resolver.author.policy_snapshot": ("Snapshot",),
        "resolver.author.policy_tests.case_files": ("read_all_cases", "read_cases"),
        "resolver.author.policy_tests.case_paths": (
            "files_of_tests",
            "is_test_file_name",
            "misnamed_tests",
            "policy_beside",
            "unreadable_tests",
        ),
        "resolver.author.policy_tests.cases": ("Case", "Expectation", "Step"),
        "resolver.author.policy_tests.coverage": ("Coverage", "TableClass", "count_of_classes", "coverage"),
        "resolver.author.policy_tests.run_cases": ("CaseFailure", "Checked", "Result", "run_case"),
        "resolver.author.rename.changed_lines": ("unified_diff",),
        "resolver.author.rename.name_at": ("NameAt", "name_at"),
        "resolver.author.rename.names": ("Occurrence",),
        "resolver.author.rename.policy_names": ("PolicyNames", "PolicyTexts"),
        "resolver.author.rename.read_texts": ("PolicyFiles",),
        "resolver.author.rename.rename_edits": (
            "Edits",
            "not_there",
            "rename_edits",
            "renamed_texts",
            "ruleset_of_rule",
        ),
        "resolver.author.replay.replay_decisions": ("ChangedDecision", "Decided"),
        "resolver.author.replay.outcome_lines": ("lines_of",),
        "resolver.author.replay.replay_outcomes": ("replay_records",),
        "resolver.author.replay.replay_result": ("Divergence", "Moment", "Replay"),
        "resolver.author.completion.complete": ("Completion", "Completions", "complete"),
        "resolver.author.completion.suggestions": ("SuggestionSort",),
        "resolver.author.completion.templates": ("plain_text", "snippet_text"),
        "resolver.author.table_words": ("decision_texts", "escalated_text", "names_text", "phases_text"),
        "resolver.author.hover.hover": ("explanation_of", "meaning_of"),
        "resolver.author.hover.word_at": ("WordAt", "word_at"),
        "resolver.author.what_if": ("Nearest", "nearest"),
        "resolver.table": ("Answer",),
    },
)
