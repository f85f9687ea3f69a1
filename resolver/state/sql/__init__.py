"""A state that many hosts share, in PostgreSQL, MySQL, TiDB or SQLite: the only room that needs SQLAlchemy."""

from resolver.state.sql.migrate import lost_by, migrate
from resolver.state.sql.rename import rename_in_database, rename_in_known_state
from resolver.state.sql.retention import keep_history
from resolver.state.sql.sql_store import SqlStore
from resolver.state.sql.state_url import StateURL

__all__ = ["SqlStore", "StateURL", "keep_history", "lost_by", "migrate", "rename_in_database", "rename_in_known_state"]
