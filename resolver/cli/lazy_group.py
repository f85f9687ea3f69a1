"""A group of commands of which only the one that runs is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose list of commands, with a line of help for each, is known before any of them is imported.

    Help and shell completion list the commands by placeholders.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        """Make a group; `lazy` has for each command the module that defines it by its name, and its line of help."""
        super().__init__(*args, **kwargs)
        self._modules = {name: module for name, (module, _) in (lazy or {}).items()}
        for name, (_, line) in (lazy or {}).items():
            self.add_command(click.Command(name, short_help=line))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of these arguments as click does, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.imported(command.name) if command and command.name else command, rest

    def imported(self, name: str) -> click.Command:
        """Return a command, imported."""
        if name in self._modules:
            command: click.Command = getattr(import_module(self._modules[name]), name)
            command.short_help = self.commands[name].short_help
            self.add_command(command, name)
            del self._modules[name]
        return self.commands[name]
