"""From a tier to a running agent: providers, a model that follows the policy, and what its calls show.

The only room that knows agno and keycycle, and it imports neither before a model is made.
"""

from resolver.agents.attempt import Attempt
from resolver.agents.kinds import Kind, kind_of
from resolver.agents.no_provider import NoProviderError
from resolver.agents.phase import in_phase, phase_of
from resolver.agents.pool import ModelSource, Pool
from resolver.agents.providers import Providers, ProviderStatus
from resolver.agents.runs import RunLog
from resolver.agents.seat import Host, Seat
from resolver.agents.turn import Turn

__all__ = [
    "Attempt",
    "Host",
    "Kind",
    "ModelSource",
    "NoProviderError",
    "Pool",
    "ProviderStatus",
    "Providers",
    "RunLog",
    "Seat",
    "Turn",
    "in_phase",
    "kind_of",
    "phase_of",
]
