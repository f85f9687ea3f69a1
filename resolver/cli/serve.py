"""`resolver serve`: answer agents in any language by HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import click

from resolver.cli import options
from resolver.cli.output import echo
from resolver.cli.policy_place import policy_or_shipped
from resolver.diagnostics import ResolverError

_SHORTEST_TOKEN = 16
_TOKEN = re.compile(r"[!-~]+")


@click.command(
    epilog="""\b
Example: a server for the agents of this host, and a decision
  $ resolver serve &
  $ curl -s localhost:8181/v1/decide --json '{"triad": "layout", "role": "worker_a"}'

\b
Example: for other hosts, behind a proxy with TLS; a person's decisions need a token of their own
  $ openssl rand -hex 32 > token
  $ openssl rand -hex 32 > admin-token
  $ resolver serve --address 0.0.0.0 --allow-host tiers.example --token-file token --admin-token-file admin-token

\b
Exit codes: 0 told to stop (SIGTERM, Ctrl-C), 1 the policy is wrong, 2 could not run.
""",
)
@click.option("--address", default="127.0.0.1", metavar="IP", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=8181,
    type=click.IntRange(0, 65535),
    metavar="PORT",
    show_default=True,
    help="0 means any free port.",
)
@click.option(
    "--token-file",
    type=options.Named(path_type=Path),
    metavar="FILE",
    help="Tokens that callers need, one a line; needed if other hosts can reach the address.",
)
@click.option(
    "--admin-token-file",
    type=options.Named(path_type=Path),
    metavar="FILE",
    help="Tokens that may also lower and restore entries; without it, no call can.",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="Another name by which callers know this host; can be repeated.",
)
@options.policies
@options.state
@options.report_errors
def serve(
    *,
    address: str,
    port: int,
    token_file: Path | None,
    admin_token_file: Path | None,
    hosts: tuple[str, ...],
    policies: Path | None,
    state_url: str | None,
) -> None:
    """Serve decisions, outcomes and what was learned by HTTP, until SIGTERM or Ctrl-C.

    docs/serve.md has every call, and /openapi.json describes them to programs. What was accepted is answered before the
    command ends.
    """
    try:
        from resolver.server.run import run_server  # noqa: PLC0415  an extra
        from resolver.server.settings import Settings  # noqa: PLC0415  as above
    except ImportError:
        options.fail("`resolver serve` needs FastAPI and uvicorn; `pip install 'tier-resolver[serve]'` has them")
    settings = Settings(
        address,
        port,
        _tokens_in(token_file) if token_file else (),
        _tokens_in(admin_token_file) if admin_token_file else (),
        frozenset(host.lower() for host in hosts),
    )

    def started(where: str, revision: str) -> None:
        echo(f"serving revision {revision} at {where}; Ctrl-C stops")

    run_server(policy_or_shipped(policies), state_url, settings, started)


def _tokens_in(file: Path) -> tuple[str, ...]:
    """Return the tokens in a file, one a line; two of them let clients change from one to the other.

    Raises:
        ResolverError: The file cannot be read, has no token, or one that can be guessed or not be sent.

    """
    try:
        lines = file.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a token is ASCII text"
        raise ResolverError(f"cannot read the tokens in `{file}`: {reason}") from error
    tokens = tuple(line.strip() for line in lines if line.strip())
    if not tokens:
        raise ResolverError(f"`{file}` has no token; `openssl rand -hex 32` makes one")
    for number, token in enumerate(tokens, 1):
        if len(token) < _SHORTEST_TOKEN or not _TOKEN.fullmatch(token):
            message = f"token {number} in `{file}` is shorter than {_SHORTEST_TOKEN} characters, or has spaces"
            raise ResolverError(f"{message}; `openssl rand -hex 32` makes one")
    return tokens
