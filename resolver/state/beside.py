"""The files beside a policy file: its lock, its database and its next content, named after its real path.

A policy file may have several names, by links to it or to its directory. Under whatever name it is opened, all
processes must take the same lock and use the same database.
"""

from __future__ import annotations

from pathlib import Path

from resolver.frozen import frozen

_USUAL = "model_tiers.yaml"
"""The file that holds the entries of most policy directories; its database is just `.resolver.db`."""


@frozen
class Beside:
    """The files beside the policy file at `path`, a real path without links."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> Beside:
        """Return the files beside the file that `path` leads to."""
        return cls(path.resolve())

    @property
    def lock(self) -> Path:
        """The lock file, which is locked while the policy file is read for a change, or written."""
        return self._named("lock")

    @property
    def database(self) -> Path:
        """The SQLite file with streaks, history and intents."""
        return self._named("db")

    @property
    def new(self) -> Path:
        """The file where the next content is written, before it replaces the policy file."""
        return self.path.with_name(f".{self.path.name}.new")

    def _named(self, kind: str) -> Path:
        name = self.path.name
        return self.path.with_name(f".resolver.{kind}" if name == _USUAL else f"{name}.resolver.{kind}")


def earlier_database(policy: Path) -> Path:
    """Return the name under which earlier versions kept the database of the policy at a path."""
    return policy / ".resolver.db" if policy.is_dir() else policy.with_name(f"{policy.name}.resolver.db")


def note_of_renaming(policy: Path) -> Path:
    """Return the path of the note that is beside the policy at a path while `resolver rename` changes it."""
    name = "resolver.rename.new"
    return policy / f".{name}" if policy.is_dir() else policy.with_name(f".{policy.name}.{name}")
