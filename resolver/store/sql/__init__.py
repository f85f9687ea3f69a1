"""A state that many hosts share, in PostgreSQL, MySQL, TiDB or SQLite. The only part that needs SQLAlchemy."""

from resolver.store.sql.migrate import migrate
from resolver.store.sql.store import SqlStore
from resolver.store.sql.url import StateURL

__all__ = ["SqlStore", "StateURL", "migrate"]
