"""Keeps what was learned: escalations, streaks and history, in the policy file or in a database."""

from resolver.state.file_store import FileStore
from resolver.state.process_name import now, process_name
from resolver.state.store_protocol import Change, Judgement, Store

__all__ = ["Change", "FileStore", "Judgement", "Store", "now", "process_name"]
