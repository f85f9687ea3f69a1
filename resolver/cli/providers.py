"""`resolver providers`: show the providers for the tiers of a policy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from resolver.cli import options
from resolver.cli.output import columns, echo, echo_note, progress, style
from resolver.cli.policy_place import policy_or_shipped
from resolver.domain import LastFailure
from resolver.facade import Resolver

if TYPE_CHECKING:
    from resolver.agents import ProviderStatus


@click.command(
    epilog="""\b
Example:
  $ NUM_GROQ=1 GROQ_API_KEY_1=... resolver providers

Exit codes: 0, or 1 if no provider can serve some tier, or a model has an option that its class does not have.
""",
)
@options.policy
@options.output_format("text", "json")
@options.report_errors
def providers(*, policies: Path | None, output_format: str) -> None:
    """Show the providers of a policy's tiers in the order to try them.

    For each provider: how many keys the environment has, whether its SDK is installed, what makes its models (keycycle,
    or one of agno's classes), the seconds that a call may take, the tiers that it serves, and why it is skipped, if it
    is. A model id that keycycle does not list may be retired, or just new. Nothing is sent to a provider.

    For a policy of your own, the last failure of each provider in any process of this host is shown as well, and the
    end of its cool-down. Until then, the provider, or the model that failed, is tried last.
    """
    from resolver.agents import Providers  # noqa: PLC0415  no other command pays for it

    with Resolver.open(policy_or_shipped(policies)) as resolver:
        tiers, failures = resolver.policy.model_tiers, resolver.provider_failures()
    all_providers = Providers.of_policy(lambda: tiers)
    try:
        with progress("importing the SDKs"):
            status = all_providers.status(tiers.tiers)
    finally:
        all_providers.close()
    if output_format == "json":
        options.print_json([_json(provider, failures.get(provider.name)) for provider in status])
    else:
        head = [style(name, "head") for name in ("", "provider", "keys", "SDK", "models from", "timeout", "tiers", "")]
        echo(columns([head, *(_row(rank, provider) for rank, provider in enumerate(status, start=1))]))
        for failed in (failures[provider.name] for provider in status if provider.name in failures):
            echo(_failure_line(failed))
    unserved = [
        name
        for name in tiers.tiers
        if not any(name in provider.tiers for provider in status if provider.reason is None)
    ]
    for name in unserved:
        echo_note(f"no provider serves `{name}`")
    if unserved or any(provider.wrong_options for provider in status):
        raise SystemExit(options.FINDINGS)


def _row(rank: int, provider: ProviderStatus) -> list[str]:
    if provider.reason is not None:
        remark = f"left out: {provider.reason}"
    elif provider.wrong_options:
        remark = "; ".join(provider.wrong_options)
    elif provider.unknown:
        remark = f"keycycle does not know {', '.join(f'`{model_id}`' for model_id in provider.unknown)}"
    else:
        remark = ""
    return [
        f"{rank}.",
        provider.name,
        str(provider.keys),
        "yes" if provider.sdk else "no",
        provider.source or "-",
        f"{provider.timeout:g} s",
        ", ".join(provider.tiers),
        remark,
    ]


def _failure_line(failed: LastFailure) -> str:
    is_over = failed.cools_until <= datetime.now(UTC)
    consequence = "" if is_over else f"; tried last until {failed.cools_until:%H:%M:%S} UTC"
    return (
        f"{failed.provider} failed last at {failed.time:%Y-%m-%d %H:%M:%S} UTC, "
        f"`{failed.model_id}`: {failed.kind}, {failed.error}{consequence}"
    )


def _json(provider: ProviderStatus, failed: LastFailure | None) -> dict[str, Any]:
    last_failure = failed and {
        "model": failed.model_id,
        "kind": failed.kind,
        "error": failed.error,
        "time": failed.time.isoformat(),
        "cools_until": failed.cools_until.isoformat(),
        "process": failed.process,
    }
    return {
        "provider": provider.name,
        "keys": provider.keys,
        "sdk": provider.sdk,
        "reason": provider.reason,
        "tiers": list(provider.tiers),
        "unknown": list(provider.unknown),
        "wrong_options": list(provider.wrong_options),
        "api": provider.api,
        "source": provider.source,
        "timeout": provider.timeout,
        "last_failure": last_failure,
    }
