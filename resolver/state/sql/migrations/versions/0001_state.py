"""The tables of a state."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and start the clock at 0."""
    clock = op.create_table(
        "resolver_clock",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        **_MYSQL,
    )
    op.bulk_insert(clock, [{"id": 1, "at": 0}])
    op.create_table(
        "resolver_subject",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("triad", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.Text),
        sa.Column("strikes", sa.BigInteger, nullable=False),
        sa.Column("failed_tier", sa.Text),
        sa.Column("streak_entry", sa.Text),
        sa.Column("errors", sa.Text, nullable=False),
        **_MYSQL,
    )
    op.create_index("resolver_subject_changed", "resolver_subject", ["changed"])
    op.create_table(
        "resolver_history",
        sa.Column("id", _BIG, sa.Identity(), primary_key=True, autoincrement=True),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("triad", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("time", sa.String(40), nullable=False),
        sa.Column("from_tier", sa.Text),
        sa.Column("to_tier", sa.Text),
        sa.Column("phase", sa.Text),
        sa.Column("kind", sa.Text),
        sa.Column("errors", sa.Text, nullable=False),
        sa.Column("rule", sa.Text),
        sa.Column("revision", sa.String(64), nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        **_MYSQL,
    )
    op.create_table(
        "resolver_outcome",
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("time", sa.BigInteger, nullable=False),
        **_MYSQL,
    )
    op.create_index("resolver_outcome_time", "resolver_outcome", ["time"])
