"""Keeps what was learned: escalations, streaks and history, in the policy file or in a database."""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.state.file_store import FileStore
    from resolver.state.origin import now, process_name
    from resolver.state.report_key import kept_key
    from resolver.state.several_files import NewContent, PartlyReplacedError, replace_all
    from resolver.state.store_protocol import Change, Judgement, Receipt, Store, UnknownCommitError
    from resolver.state.subject_history import read_history

__all__ = [
    "Change",
    "FileStore",
    "Judgement",
    "NewContent",
    "PartlyReplacedError",
    "Receipt",
    "Store",
    "UnknownCommitError",
    "kept_key",
    "now",
    "process_name",
    "read_history",
    "replace_all",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.state.file_store": ("FileStore",),
        "resolver.state.origin": ("now", "process_name"),
        "resolver.state.report_key": ("kept_key",),
        "resolver.state.several_files": ("NewContent", "PartlyReplacedError", "replace_all"),
        "resolver.state.store_protocol": ("Change", "Judgement", "Receipt", "Store", "UnknownCommitError"),
        "resolver.state.subject_history": ("read_history",),
    },
)
