"""Runs agents on tiers: providers, models that follow the policy, and the outcomes of their calls.

The only room that uses agno and keycycle. It imports neither before a model is made.
"""

from resolver.agents.agent_binding import AgentBinding, ModelHost
from resolver.agents.attempt import Attempt
from resolver.agents.failure_kinds import Kind, kind_of
from resolver.agents.model_source import ModelSource
from resolver.agents.no_provider import NoProviderError
from resolver.agents.phase import in_phase, phase_of
from resolver.agents.pool import Pool
from resolver.agents.providers import Providers, ProviderStatus
from resolver.agents.runs import RunLog
from resolver.agents.turn import ToolFailed, Turn

__all__ = [
    "AgentBinding",
    "Attempt",
    "Kind",
    "ModelHost",
    "ModelSource",
    "NoProviderError",
    "Pool",
    "ProviderStatus",
    "Providers",
    "RunLog",
    "ToolFailed",
    "Turn",
    "in_phase",
    "kind_of",
    "phase_of",
]
