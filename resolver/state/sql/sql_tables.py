"""The tables of a state in this version of the program; `migrations/` creates them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Integer, MetaData, String, Table, Text

HEAD = "0002"
"""The version of the tables that this version of the program uses."""

KNOWN = ("0001", "0002")
"""Every version of the tables that this version of the program knows, oldest first."""

VERSION_TABLE = "resolver_version"

METADATA = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")

VERSION = Table(
    VERSION_TABLE,
    METADATA,
    Column("version_num", String(32), primary_key=True),
    Column("works_with", String(32)),
)
"""One row: the version of the tables, and the oldest version for which a program may be written to use them."""

CLOCK = Table(
    "resolver_clock",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)
"""One row, `id` 1: the number of changes of entries so far, which is the revision of the state."""

SUBJECT = Table(
    "resolver_subject",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("triad", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False, index=True),
    Column("lowered", BigInteger, nullable=False, server_default="0"),
    Column("entry", Text),
    Column("strikes", BigInteger, nullable=False),
    Column("failed_tier", Text),
    Column("streak_entry", Text),
    Column("errors", Text, nullable=False),
)
"""One row for each subject with a streak or an entry.

`id` is a digest of the names: names are longer than a key may be, and databases differ in which texts are equal.
`version` counts all writes, `generation` those that changed the entry, and `changed` is the state's revision at the
last of those; while it is 0, the entry is the policy file's. `lowered` is the generation that a person's lowering wrote
last, 0 if no person has lowered the entry. No streak is 0 strikes.
"""

HISTORY = Table(
    "resolver_history",
    METADATA,
    Column("id", _ID, Identity(), primary_key=True, autoincrement=True),
    Column("what", String(32), nullable=False),
    Column("triad", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("time", String(40), nullable=False, index=True),
    Column("from_tier", Text),
    Column("to_tier", Text),
    Column("phase", Text),
    Column("kind", Text),
    Column("errors", Text, nullable=False),
    Column("rule", Text),
    Column("revision", String(64), nullable=False),
    Column("process", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

OUTCOME = Table(
    "resolver_outcome",
    METADATA,
    Column("key", String(32), primary_key=True),
    Column("time", BigInteger, nullable=False, index=True),
)
"""The key of each outcome that was written, and the second of its report, so that no outcome counts twice."""

SETTING = Table(
    "resolver_setting",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""Numbers that all hosts share.

`history_days`: days for which the history is kept, 0 for ever. `pruned`: the second, by the server's clock, at which a
process last began to prune.
"""
