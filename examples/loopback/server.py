"""Loopback server: the scripts that say which answer a request gets, and the variables that send SDKs to it."""

from dataclasses import dataclass
from threading import Lock, Thread
from typing import Self

from .answers import Answer, Text
from .http_server import Server
from .requests import PROVIDERS, Asked

BASE_PATHS = {
    "cerebras": "/cerebras",
    "groq": "/groq",
    "gemini": "/gemini",
    "openrouter": "/openrouter/v1",
    "openai": "/openai/v1",
    "anthropic": "/anthropic",
    "ollama": "/ollama",
    "local": "/local/v1",
}


@dataclass
class _Script:
    answers: tuple[Answer, ...]
    match: tuple[str | None, str | None, str | None]
    times: int | None
    given: int = 0


class Loopback:
    """Serve all providers from when it is made until it is closed."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: list[_Script] = []
        self._lock = Lock()
        self._server = Server(self._take)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def answer(
        self,
        *answers: Answer,
        provider: str | None = None,
        key: str | None = None,
        model: str | None = None,
        times: int | None = None,
    ) -> None:
        """Give matching requests these answers in turn, the last for ever, or until `times` requests have been served.

        The script given last goes first.
        """
        with self._lock:
            self._scripts.insert(0, _Script(answers or (Text(),), (provider, key, model), times))

    def count(self, *, provider: str | None = None, key: str | None = None, model: str | None = None) -> int:
        """Count the requests so far that match."""
        with self._lock:
            return sum(asked.matches(provider, key, model) for asked in self.asked)

    def base_url(self, provider: str) -> str:
        """Return the URL that the provider's SDK takes as its base URL (Ollama: its host)."""
        return self.url + BASE_PATHS[provider]

    def environment(self, keys: int = 1) -> dict[str, str]:
        """Name the variables that give each of `PROVIDERS` so many keys and send its SDK here."""
        variables = {
            "CEREBRAS_BASE_URL": self.base_url("cerebras"),
            "GROQ_BASE_URL": self.base_url("groq"),
            "GOOGLE_GEMINI_BASE_URL": self.base_url("gemini"),
            "OPENROUTER_BASE_URL": self.base_url("openrouter"),
        }
        for provider in PROVIDERS:
            variables[f"NUM_{provider.upper()}"] = str(keys)
            for number in range(1, keys + 1):
                variables[f"{provider.upper()}_API_KEY_{number}"] = f"{provider}-key-{number}-of-loopback"
        return variables

    def plain_environment(self) -> dict[str, str]:
        """Name the variables that agno's own model classes and their SDKs read, one key a provider.

        For openrouter and local servers no class reads a URL: pass `base_url(provider)`. Ollama gets no key, because
        agno's class would then call Ollama's cloud.
        """
        variables = {
            "OPENAI_BASE_URL": self.base_url("openai"),
            "ANTHROPIC_BASE_URL": self.base_url("anthropic"),
            "OLLAMA_HOST": self.base_url("ollama"),
            "CEREBRAS_BASE_URL": self.base_url("cerebras"),
            "GROQ_BASE_URL": self.base_url("groq"),
            "GOOGLE_GEMINI_BASE_URL": self.base_url("gemini"),
        }
        for provider in ("openai", "anthropic", "cerebras", "groq", "openrouter"):
            variables[f"{provider.upper()}_API_KEY"] = f"{provider}-key-of-loopback"
        return {**variables, "GOOGLE_API_KEY": "gemini-key-of-loopback"}

    def close(self) -> None:
        """End every connection and thread; closing again does nothing."""
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.end_connections()

    def _take(self, asked: Asked) -> tuple[Answer, int]:
        """Record a request; return its answer and its number."""
        with self._lock:
            self.asked.append(asked)
            for script in self._scripts:
                if asked.matches(*script.match) and (script.times is None or script.given < script.times):
                    script.given += 1
                    return script.answers[min(script.given, len(script.answers)) - 1], len(self.asked)
            return Text(), len(self.asked)
