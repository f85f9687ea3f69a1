"""`resolver schema`: what an editor needs to complete and check policy files."""

from __future__ import annotations

import click

from resolver.cli import options


@click.command(
    short_help="Print the JSON Schema of policy files.",
    epilog="""\b
Example: the policy files name it in their first line, for any editor with a YAML language server.
  $ resolver schema > policies/policy.schema.json
""",
)
def schema() -> None:
    """Print the JSON Schema of a policy file."""
    from resolver.schema.jsonschema import json_schema  # noqa: PLC0415  no other subcommand needs it

    options.print_json(json_schema())
