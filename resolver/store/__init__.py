"""What was learned: escalations, streaks and history, and how they survive."""

from resolver.store.edit import quoted
from resolver.store.file import FileStore
from resolver.store.files_read import FilesRead
from resolver.store.live import LivePolicy
from resolver.store.process import now, process_name
from resolver.store.protocol import Change, Store
from resolver.store.quiet import is_open_for_writing, wait_until_closed
from resolver.store.stamp import Stamp, stamp_of
from resolver.store.text import PolicyText

__all__ = [
    "Change",
    "FileStore",
    "FilesRead",
    "LivePolicy",
    "PolicyText",
    "Stamp",
    "Store",
    "is_open_for_writing",
    "now",
    "process_name",
    "quoted",
    "stamp_of",
    "wait_until_closed",
]
