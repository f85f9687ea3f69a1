"""What was learned: escalations, streaks and history, and how they survive."""

from resolver.store.edit import quoted
from resolver.store.file import FileStore, now, process_name
from resolver.store.files_read import FilesRead
from resolver.store.live import LivePolicy
from resolver.store.protocol import Change, Store
from resolver.store.replace import Stamp, stamp_of
from resolver.store.text import PolicyText

__all__ = [
    "Change",
    "FileStore",
    "FilesRead",
    "LivePolicy",
    "PolicyText",
    "Stamp",
    "Store",
    "now",
    "process_name",
    "quoted",
    "stamp_of",
]
