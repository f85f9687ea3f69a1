"""The `resolver` command: a file for each subcommand."""

from resolver.cli.main import main

__all__ = ["main"]
