"""Provider managers that hand out whatever they were given, and write down how they were called."""

from __future__ import annotations

from typing import Any


class Writing:
    """A hand-written provider manager: it takes two positional arguments and nothing else."""

    def __init__(self, *order: str, **given: Any) -> None:
        self.available_providers = list(order)
        self.given = given
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def get_model(self, *arguments: Any, **more: Any) -> Any:
        self.calls.append((arguments, more))
        provider, model_id = arguments
        answer = self.given.get(provider, f"{provider}/{model_id}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> list[str]:
        return [arguments[0] for arguments, _ in self.calls]


class Manager:
    """The interface of HFS's own provider manager, for `create_autospec`."""

    available_providers: list[str]

    def get_model(self, provider: str, model_id: str) -> object:
        """Return a model."""
        raise NotImplementedError
