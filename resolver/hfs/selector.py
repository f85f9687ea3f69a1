"""HFS's `ModelSelector`."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from os import PathLike
from typing import Any

from resolver.agents import AgentBinding, Pool
from resolver.agents.failure_kinds import kind_of_making
from resolver.agents.no_provider import ProviderFailure, no_provider_error, one_line
from resolver.domain import NO_FACTS, Subject, request_names
from resolver.hfs.config_values import defined, undefined
from resolver.hfs.shared_policy import shared_policy_of


class ModelSelector:
    """Hands out the model that an agent runs on.

    Args:
        config: HFS's own model of the section `model_tiers`, or this package's. It is read at each call.
        provider_manager: Any object with `available_providers` and `get_model(provider, model_id)`.
        policies: A policy directory whose rulesets decide; None means the shipped rulesets.

    Raises:
        ResolverError: The ladder of `policies` is not HFS's.
    """

    def __init__(self, config: Any, provider_manager: Any, *, policies: str | PathLike[str] | None = None) -> None:
        self.config = config
        self.provider_manager = provider_manager
        self._shared = shared_policy_of(config, policies)
        self._shared.use(provider_manager)

    def get_model(self, triad_id: str, role: str, phase: str | None = None) -> Any:
        """Return a model for the agent of a triad with a role.

        An agno model is wrapped, so that each call runs on the tier then in force, in `phase` or that of the
        surrounding `in_phase`, and its outcome is recorded. Any other model is returned as the provider manager made
        it.

        Raises:
            KeyError: The config does not define the tier.
            NoAvailableKeyError: No provider gives a model (keycycle's error, with `provider == "all"`).
        """
        subject, phase = request_names(triad_id, role, phase)
        binding = AgentBinding(self._shared.host, subject, phase, NO_FACTS)
        provider, model_id, model = self._made(subject, binding)
        self._shared.host.handed(subject)
        if not _is_agno(model):
            return model
        from resolver.agents.model import TieredModel  # noqa: PLC0415  it imports agno

        self._pool.keep(provider, model_id, model)
        return TieredModel(binding)

    def get_current_tier(self, triad_id: str, role: str) -> str | None:
        """Return the tier in force for an agent in the current phase; None if the config does not define it."""
        subject, _ = request_names(triad_id, role, None)
        try:
            return self._tier(subject, AgentBinding(self._shared.host, subject, None, NO_FACTS))
        except KeyError:
            return None

    def in_phase(self, phase: str | None) -> AbstractContextManager[None]:
        """Run models in `phase` inside a `with` block: in this thread or task, and in tasks that it starts."""
        return self._shared.host.in_phase(phase)

    @property
    def _pool(self) -> Pool:
        return self._shared.host.pool

    def _tier(self, subject: Subject, binding: AgentBinding) -> str:
        phase, decision = self._shared.host.decide(binding)
        missing = undefined(self.config, subject, phase)
        if missing is not None:
            raise KeyError(missing)
        if decision.tier not in defined(self.config):
            raise KeyError(decision.tier)
        return decision.tier

    def _made(self, subject: Subject, binding: AgentBinding) -> tuple[str, str, Any]:
        """Return the model of the first provider that gives one, with the names of provider and model."""
        tier = self._tier(subject, binding)
        providers = self._shared.live.table.policy.model_tiers.tiers[tier].providers
        failures: list[ProviderFailure] = []
        last: Exception | None = None
        for provider in self.provider_manager.available_providers:
            if provider not in providers:
                continue
            model_id = providers[provider]
            try:
                return provider, model_id, self.provider_manager.get_model(provider, model_id)
            except Exception as error:  # whatever is wrong with one provider, the next one may work
                last = error
                failures.append(ProviderFailure(provider, model_id, kind_of_making(error).value, one_line(error)))
        raise no_provider_error(f"`{subject}` on tier `{tier}`", tuple(failures)) from last


def _is_agno(model: Any) -> bool:
    """Return whether a model really is an agno model; a mock that only claims to be one is not."""
    agno = sys.modules.get("agno.models.base")
    return agno is not None and issubclass(type(model), agno.Model)
