"""Conditions in the form of other languages, and the same conditions in the form of policies, for suggestions.

Its modules are loaded when a policy has such a mistake.
"""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.loader.foreign.comparisons import meant_by_text
    from resolver.loader.foreign.foreign_conditions import suggested_value, suggestion
    from resolver.loader.foreign.operator_help import (
        foreign_entry,
        help_for_operator,
        is_operator,
        moved_help,
        no_mapping_help,
        of_kind,
        text_order_help,
        two_keys_help,
    )
    from resolver.loader.foreign.operator_names import meanings
    from resolver.loader.foreign.written_conditions import written

__all__ = [
    "foreign_entry",
    "help_for_operator",
    "is_operator",
    "meanings",
    "meant_by_text",
    "moved_help",
    "no_mapping_help",
    "of_kind",
    "suggested_value",
    "suggestion",
    "text_order_help",
    "two_keys_help",
    "written",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.loader.foreign.comparisons": ("meant_by_text",),
        "resolver.loader.foreign.foreign_conditions": (
            "suggested_value",
            "suggestion",
        ),
        "resolver.loader.foreign.operator_help": (
            "foreign_entry",
            "help_for_operator",
            "is_operator",
            "moved_help",
            "no_mapping_help",
            "of_kind",
            "text_order_help",
            "two_keys_help",
        ),
        "resolver.loader.foreign.operator_names": ("meanings",),
        "resolver.loader.foreign.written_conditions": ("written",),
    },
)
