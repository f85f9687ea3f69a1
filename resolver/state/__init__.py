"""Keeps what was learned: escalations, streaks and history, in the policy file or in a database."""

from resolver.lazy_names import TYPE_CHECKING, lazy_names

if TYPE_CHECKING:
    from resolver.state.file_store import FileStore
    from resolver.state.origin import now, process_name
    from resolver.state.store_protocol import Change, Judgement, Store

__all__ = ["Change", "FileStore", "Judgement", "Store", "now", "process_name"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "resolver.state.file_store": ("FileStore",),
        "resolver.state.origin": ("now", "process_name"),
        "resolver.state.store_protocol": ("Change", "Judgement", "Store"),
    },
)
