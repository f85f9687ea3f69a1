"""A group of commands that imports only the command that runs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose list of commands, with a line of help for each, is known before any of them is imported.

    Help and shell completion list the commands by placeholders.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str], package: str, **kwargs: Any) -> None:
        """Make a group.

        Args:
            args: Arguments of `click.Group`.
            lazy: The name of each command, with its line of help.
            package: The package that has a module and a command of each name.
            kwargs: Arguments of `click.Group`.
        """
        super().__init__(*args, **kwargs)
        self._package = package
        self._not_imported = set(lazy)
        for name, line in lazy.items():
            self.add_command(click.Command(name, short_help=line))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of these arguments as click does, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.imported(command.name) if command and command.name else command, rest

    def imported(self, name: str) -> click.Command:
        """Return a command, imported."""
        if name in self._not_imported:
            command: click.Command = getattr(import_module(f"{self._package}.{name}"), name)
            command.short_help = self.commands[name].short_help
            self.add_command(command, name)
            self._not_imported.remove(name)
        return self.commands[name]
