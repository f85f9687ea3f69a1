"""Lowered entries, settings that hosts share, and the oldest program that may use the tables."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WORKS_WITH = "0001"
"""Programs of this version and newer may use the tables: every new column has a default."""

_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
_SETTINGS = {"history_days": 0, "pruned": 0}
_MOST_FETCHED = 10_000
_MOVES = sa.text(
    "SELECT triad, role, what FROM resolver_history "
    "WHERE what IN ('lower', 'escalate', 'import', 'restore') ORDER BY id"
)
"""Programs for these tables also import and restore; their events are there after a way back to 0001."""

_LOWERED = sa.text("UPDATE resolver_subject SET lowered = generation - :moves WHERE id = :id AND generation > :moves")


def upgrade() -> None:
    """Add what is missing: MySQL keeps the first steps of a migration that was killed."""
    inspector = sa.inspect(op.get_bind())
    if "lowered" not in _columns(inspector, "resolver_subject"):
        op.add_column("resolver_subject", sa.Column("lowered", sa.BigInteger, nullable=False, server_default="0"))
    _find_lowered()
    if "resolver_history_time" not in _indexes(inspector, "resolver_history"):
        op.create_index("resolver_history_time", "resolver_history", ["time"])
    if not inspector.has_table("resolver_setting"):
        op.create_table(
            "resolver_setting",
            sa.Column("name", sa.String(32), primary_key=True),
            sa.Column("value", sa.BigInteger, nullable=False),
            **_MYSQL,
        )
    setting = sa.table("resolver_setting", sa.column("name"), sa.column("value"))
    there = set(op.get_bind().execute(sa.select(setting.c.name)).scalars())
    for name, value in _SETTINGS.items():
        if name not in there:
            op.execute(setting.insert().values(name=name, value=value))
    if "works_with" not in _columns(inspector, "resolver_version"):
        op.add_column("resolver_version", sa.Column("works_with", sa.String(32)))
    version = sa.table("resolver_version", sa.column("works_with"))
    op.execute(version.update().values(works_with=WORKS_WITH))


def downgrade() -> None:
    """Remove what `upgrade` added; who was lowered can be found again while the history has it."""
    inspector = sa.inspect(op.get_bind())
    if "works_with" in _columns(inspector, "resolver_version"):
        op.drop_column("resolver_version", "works_with")
    if inspector.has_table("resolver_setting"):
        op.drop_table("resolver_setting")
    if "resolver_history_time" in _indexes(inspector, "resolver_history"):
        op.drop_index("resolver_history_time", "resolver_history")
    if "lowered" in _columns(inspector, "resolver_subject"):
        op.drop_column("resolver_subject", "lowered")


def _find_lowered() -> None:
    """Set `lowered` of the subjects that people have lowered before there was this column, as the history tells."""
    moves: dict[tuple[str, str], int] = {}
    for triad, role, what in _events():
        if what == "lower":
            moves[triad, role] = 0
        elif (triad, role) in moves:
            moves[triad, role] += 1
    for (triad, role), count in moves.items():
        key = sha256(f"{triad}:{role}".encode()).hexdigest()
        op.get_bind().execute(_LOWERED, {"id": key, "moves": count})


def _events() -> Iterable[tuple[str, str, str]]:
    with op.get_bind().execute(_MOVES, execution_options={"yield_per": _MOST_FETCHED}) as result:
        yield from (tuple(row) for row in result)


def _columns(inspector: sa.Inspector, table: str) -> set[str]:
    return {column["name"] for column in inspector.get_columns(table)}


def _indexes(inspector: sa.Inspector, table: str) -> set[str | None]:
    return {index["name"] for index in inspector.get_indexes(table)}
