"""Checks of the providers that the tiers of a policy name: SDK, key, and whether some provider serves each tier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from resolver.domain import ModelTiers
from resolver.facade.doctor.finding import Finding, ok, problem, warning

if TYPE_CHECKING:
    from resolver.agents import ProviderStatus


def provider_findings(tiers: ModelTiers) -> Iterator[Finding]:
    """Yield what is found about each provider. Nothing is sent to one, and no key is shown."""
    if find_spec("agno") is None:
        yield warning(
            "agno is not installed: tiers are decided, but this package runs no agents",
            "`pip install 'tier-resolver[agents]'`, unless the application makes its models itself",
        )
        return
    from resolver.agents import Providers  # noqa: PLC0415  only agents need it

    providers = Providers.of_policy(lambda: tiers)
    try:
        status = providers.status(tiers.tiers)
    finally:
        providers.close()
    for provider in status:
        yield _of_provider(provider)
    yield from _unserved(tiers, status)


def _of_provider(provider: ProviderStatus) -> Finding:
    serves = ", ".join(f"`{tier}`" for tier in provider.tiers)
    if provider.reason is not None:
        sdk = "" if provider.sdk else "; its SDK is not installed either"
        why = f"`{provider.name}` is left out of {serves}: {provider.reason}{sdk}"
        return warning(why, "do what this line says, or remove the provider from the policy's tiers")
    if provider.wrong_options:
        return problem(
            f"`{provider.name}`: {'; '.join(provider.wrong_options)}",
            "correct the options of the provider's models in the policy",
        )
    keys = f"{provider.keys} {'key' if provider.keys == 1 else 'keys'}"
    return ok(f"`{provider.name}` serves {serves} with {keys}, by {provider.source}")


def _unserved(tiers: ModelTiers, status: Sequence[ProviderStatus]) -> Iterator[Finding]:
    served = {tier for provider in status if provider.reason is None for tier in provider.tiers}
    for tier in tiers.tiers:
        if tier not in served:
            yield problem(
                f"no provider serves the tier `{tier}`",
                "set the key of one of its providers, unless the application passes `providers` to `Resolver.open`",
            )
