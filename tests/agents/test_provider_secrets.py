"""No secret of a provider's error reaches a failure, a reason or an exception of this package."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from resolver.agents.no_provider import ProviderFailure, no_provider_error, one_line
from resolver.agents.opened_provider import open_provider
from resolver.agents.runs import judged, roles_of
from resolver.diagnostics import ResolverError
from resolver.domain import ProviderSettings
from tests.diagnostics.secret_notations import SECRET, SECRETS
from tests.diagnostics.test_secret_notations import parts, shows_secret


@pytest.mark.parametrize("form", [*SECRETS][::7])
def test_one_line_of_an_error_has_no_secret(form: str) -> None:
    """The lines of an error are joined after it was masked, so that a key on two lines is hidden, too."""
    secret, text = SECRETS[form]
    error = no_provider_error("a call", (ProviderFailure("groq", "m", "auth", one_line(ValueError(text))),))
    assert [part for part in parts(secret) if part in str(error)] == []


def test_a_failed_run_has_no_secret() -> None:
    """The content of a run that ended in an error is masked, and so is what is no run."""
    run = SimpleNamespace(status="error", content=f"401\nAuthorization: Token {SECRET}")
    _, failure = judged(run, None, None)
    assert failure is not None
    assert not shows_secret(failure.error)
    with pytest.raises(ResolverError) as caught:
        list(roles_of({"api_key": SECRET}, "worker_a"))
    assert not shows_secret(str(caught.value))


def test_the_reason_of_a_provider_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that repeats its arguments when it refuses them does not show a key."""
    monkeypatch.setattr("resolver.agents.opened_provider.agno_source", _refuse)
    monkeypatch.setenv("GROQ_API_KEY", "hunter2hunter2")
    opened = open_provider(ProviderSettings("groq", "groq"), 10, {})
    assert opened.source is None
    assert "***" in str(opened.reason)
    assert not shows_secret(str(opened.reason))
    assert "hunter2" not in str(opened.reason)


def _refuse(*_: object) -> object:
    raise ResolverError(f"Groq(api_key='{SECRET}') is wrong, and so is hunter2hunter2")
