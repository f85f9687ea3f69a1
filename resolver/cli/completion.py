"""Shell completion of the sides of a comparison: revisions, files and directories."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from resolver.author import revisions
from resolver.cli import options


def sides(context: click.Context, _argument: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the revisions, files and directories that begin so; the shell itself completes only files."""
    named = [name for name in revisions(options.policy_path(context.params.get("policies"))) if name.startswith(begun)]
    if not named:
        return [CompletionItem(begun, type="file")]
    return [CompletionItem(name) for name in [*named, *_paths(begun)]]


def _paths(begun: str) -> list[str]:
    """Return the directories and YAML files whose path begins so."""
    folder, slash, start = begun.rpartition("/")
    try:
        entries = sorted(path for path in Path(folder + slash or ".").iterdir() if path.name.startswith(start))
    except OSError:
        return []
    shown = [path for path in entries if path.name.isprintable() and (not path.name.startswith(".") or start)]
    paths = [(path.name, path.is_dir()) for path in shown if path.is_dir() or path.suffix in (".yaml", ".yml")]
    return [f"{folder}{slash}{name}{'/' if is_folder else ''}" for name, is_folder in paths]
