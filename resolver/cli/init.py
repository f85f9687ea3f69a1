"""`resolver init`: write a policy to start from, the shipped one or one with tiers and roles of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from resolver.author import new_policy
from resolver.cli import options
from resolver.cli.output import echo, echo_note
from resolver.diagnostics import PolicyError, did_you_mean, listed
from resolver.domain import DEFAULT_PROVIDERS
from resolver.loader import shipped_policy
from resolver.loader.pattern_names import looks_like_pattern

_IGNORED = """\
# Written by the program beside the policy: its lock, streaks and history, and outcomes that wait for a database.
.resolver.lock
.resolver.db
.resolver.db[-.]*
.resolver.spool-*
.resolver.known-*
*.resolver.lock
*.resolver.db*
.*.new
"""
"""The `.gitignore` of a new policy."""
_LONGEST = 200
"""Characters of a name on the command line; YAML has no longer keys than some 1,000."""


def _names(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> list[str] | None:
    """Return the names of lists with commas; a usage error if one is empty or given twice."""
    if not texts:
        return None
    names = [name.strip() for text in texts for name in text.split(",")]
    if not all(names):
        raise click.BadParameter("a name is empty; write names with commas between them")
    for index, name in enumerate(names):
        if max(map(len, name.split(":"))) > _LONGEST:  # a role and its tier are two names
            raise click.BadParameter(f"`{name[:20]}…` is longer than {_LONGEST} characters; choose a shorter name")
        if name in names[:index]:
            raise click.BadParameter(f"`{name}` is given twice")
    return names


@click.command(
    epilog="""\b
Example: the shipped policy, and one of your own
  $ resolver init policies && resolver check
  $ resolver init mine --tiers nano,small,large --roles writer:small,judge:large --providers openai,ollama
""",
)
@click.argument("directory", type=options.Named(path_type=Path), default="policies")
@click.option(
    "--tiers", metavar="TIER,…", multiple=True, callback=_names, help="Your tiers, at least two, lowest first."
)
@click.option("--roles", metavar="ROLE:TIER,…", multiple=True, callback=_names, help="Your roles, each with its tier.")
@click.option(
    "--providers", metavar="NAME,…", multiple=True, callback=_names, help="Your providers, in the order to try them."
)
@options.report_errors
def init(*, directory: Path, tiers: list[str] | None, roles: list[str] | None, providers: list[str] | None) -> None:
    """Write a policy and its tests, for you to edit, to the new or empty DIRECTORY (default: ./policies).

    Without options, this is the shipped policy. With --tiers and --roles, the policy has your tiers and roles, the
    shipped rules, and a placeholder for each model id, at the providers of --providers (default: those of the shipped
    policy). A .gitignore keeps what the program writes beside the policy out of git.
    """
    texts = {".gitignore": _IGNORED}
    if tiers is None and roles is None and providers is None:
        names = [file.name for file in shipped_policy().iterdir() if file.suffix == ".yaml"]
        todo = "edit them"
    else:
        texts |= _own(tiers, roles, providers or list(DEFAULT_PROVIDERS))
        names = []
        todo = f"put your model ids into `{directory / 'model_tiers.yaml'}`"
    names += [file.name for file in shipped_policy().iterdir() if file.suffix == ".json"]
    if directory.exists() and not directory.is_dir():
        options.fail(f"`{directory}` is a file; name a new directory")
    try:
        texts |= {name: (shipped_policy() / name).read_text(encoding="utf-8") for name in names}
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            options.fail(f"`{directory}` is not empty; name a new directory")
        _write(directory, texts)
    except OSError as error:
        options.fail(f"cannot write to `{directory}`: {error.strerror or error}")
    echo(f"{directory}: {', '.join(sorted(texts))}")
    where = "" if directory == Path("policies") else f" {shlex.quote(str(directory))}"
    echo(f"{todo}, then run `resolver check{where}`")


def _write(directory: Path, texts: Mapping[str, str]) -> None:
    """Write files into an empty directory; if one cannot be written, leave the directory empty again."""
    try:
        for name, text in texts.items():
            (directory / name).write_text(text, encoding="utf-8", newline="")
    except OSError:
        for name in texts:
            with suppress(OSError):
                (directory / name).unlink(missing_ok=True)
        raise


def _own(tiers: list[str] | None, roles: list[str] | None, providers: Sequence[str]) -> dict[str, str]:
    """Return the files of a policy with these tiers and roles; a usage error if they do not go together."""
    if tiers is None or roles is None:
        missing = "--tiers" if tiers is None else "--roles"
        raise click.UsageError(
            f"{missing} is missing: a policy of your own needs --tiers nano,large --roles critic:nano"
        )
    if len(tiers) < 2:
        raise click.UsageError(
            "--tiers needs at least two tiers, lowest first: an escalation goes from one to the next"
        )
    of_roles: dict[str, str] = {}
    for written in roles:
        role, colon, tier = (part.strip() for part in written.partition(":"))
        if not (role and colon and tier):
            raise click.UsageError(f"--roles takes ROLE:TIER, not `{written}`; the tiers are {listed(tiers)}")
        if role in of_roles:
            raise click.UsageError(f"--roles has `{role}` twice")
        if tier not in tiers and any(tier.endswith(f":{each}") for each in tiers):
            raise click.UsageError(
                f"--roles takes ROLE:TIER with commas between them, and no role has a colon; not `{written}`"
            )
        if tier not in tiers:
            hint = did_you_mean(tier, tiers) or f"one of {listed(tiers)}"
            raise click.UsageError(f"--roles: unknown tier `{tier}` of `{role}`; {hint}")
        of_roles[role] = tier
        if looks_like_pattern(role):
            echo_note(f"the role `{role}` looks like a pattern; names have no wildcards: give each role its tier")
    try:
        return new_policy(tiers, of_roles, providers)
    except PolicyError as error:
        raise click.UsageError(error.diagnostics[0].message) from error
