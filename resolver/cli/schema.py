"""`resolver schema`: print the JSON Schema with which editors complete and check policy files."""

from __future__ import annotations

import click

from resolver.cli import options
from resolver.schema.policy_tests import schema_of_tests


@click.command(
    epilog="""\b
Example: the policy files name it in their first line, for any editor with a YAML language server.
  $ resolver schema > policies/policy.schema.json
  $ resolver schema test > policies/policy_test.schema.json
  $ resolver schema application > config.schema.json
""",
)
@click.argument("kind", type=click.Choice(("policy", "test", "application")), default="policy")
def schema(kind: str) -> None:
    """Print the JSON Schema of a policy file, of a file of policy tests, or of an application's single file."""
    if kind == "test":
        options.print_json(schema_of_tests())
        return
    from resolver.schema.jsonschema import application_schema, json_schema  # noqa: PLC0415  no other command needs it

    options.print_json(application_schema() if kind == "application" else json_schema())
