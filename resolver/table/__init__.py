"""The decision table of a policy: durable-rules judges the rules once, and lookups then need no rules engine."""

from resolver.table.any_other import ANY_OTHER, AnyOther
from resolver.table.explain import explain
from resolver.table.groups import Line, grouped, lines_of
from resolver.table.outcome import OutcomeDecision, Report, after, judge_outcome
from resolver.table.policy_rows import PolicyRow, deciding_facts, deciding_rows, row_at, row_path
from resolver.table.question import Answer, Question
from resolver.table.rows import IndexRow, Rows
from resolver.table.table import DecisionTable, compile_table
from resolver.table.without_rule import outranking, without_rule

__all__ = [
    "ANY_OTHER",
    "Answer",
    "AnyOther",
    "DecisionTable",
    "IndexRow",
    "Line",
    "OutcomeDecision",
    "PolicyRow",
    "Question",
    "Report",
    "Rows",
    "after",
    "compile_table",
    "deciding_facts",
    "deciding_rows",
    "explain",
    "grouped",
    "judge_outcome",
    "lines_of",
    "outranking",
    "row_at",
    "row_path",
    "without_rule",
]
