"""Serves the policy in force: loads and proves it, follows its files, and traces and logs what is decided."""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.serving.file_stamp import Stamp, stamp_of
    from resolver.serving.files_read import FilesRead
    from resolver.serving.live_policy import LivePolicy
    from resolver.serving.policy_text import PolicyText
    from resolver.serving.proving import load_and_prove
    from resolver.serving.quiet_file import is_open_for_writing, wait_until_closed

__all__ = [
    "FilesRead",
    "LivePolicy",
    "PolicyText",
    "Stamp",
    "is_open_for_writing",
    "load_and_prove",
    "stamp_of",
    "wait_until_closed",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.serving.file_stamp": ("Stamp", "stamp_of"),
        "resolver.serving.files_read": ("FilesRead",),
        "resolver.serving.live_policy": ("LivePolicy",),
        "resolver.serving.proving": ("load_and_prove",),
        "resolver.serving.policy_text": ("PolicyText",),
        "resolver.serving.quiet_file": ("is_open_for_writing", "wait_until_closed"),
    },
)
