"""Options that a user gave to a group of commands, before the name of the subcommand."""

from __future__ import annotations

from typing import Any

import click


def of_group(name: str) -> Any:
    """Return an option that was given before the name of the subcommand, None if it was not."""
    parent = click.get_current_context().parent
    return parent.params.get(name) if parent else None


def group_state(state_url: str | None) -> str:
    """Return the URL of the database that --state names, before or after the subcommand; a usage error without it."""
    state_url = state_url or of_group("state_url")
    if state_url is None:
        raise click.UsageError("--state or RESOLVER_STATE must say which database")
    return state_url
