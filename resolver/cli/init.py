"""`resolver init`: copy the shipped policy, to be edited."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import echo
from resolver.loader import shipped_policy


@click.command(
    epilog="""\b
Example:
  $ resolver init policies && resolver check
""",
)
@click.argument("directory", type=options.Named(path_type=Path))
@options.report_errors
def init(directory: Path) -> None:
    """Copy the shipped policy to DIRECTORY, to be edited. A directory that is not empty is left as it is."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            options.fail(f"`{directory}` is not empty; name a new directory")
        files = sorted(file for file in shipped_policy().iterdir() if file.suffix in (".yaml", ".json"))
        for file in files:
            shutil.copyfile(file, directory / file.name)
    except OSError as error:
        options.fail(f"cannot write to `{directory}`: {error.strerror or error}")
    echo(f"{directory}: {', '.join(file.name for file in files)}")
    where = "" if directory == Path("policies") else f" --policies {directory}"
    echo(f"edit them, then run `resolver check{where}`")
