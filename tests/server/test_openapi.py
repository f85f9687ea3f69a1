"""The document at /openapi.json describes what the server answers to any request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.schemas import OpenApiSchema

from resolver import Resolver
from resolver.loader import shipped_policy
from resolver.server.app import make_app
from resolver.server.settings import Settings
from tests.server.conftest import ADMIN

AUTHORIZED = {"authorization": f"Bearer {ADMIN}"}
CALLS = {
    ("POST", "/v1/decide"),
    ("GET", "/v1/explain"),
    ("GET", "/v1/table"),
    ("POST", "/v1/outcomes"),
    ("GET", "/v1/state"),
    ("GET", "/v1/history"),
    ("POST", "/v1/lower"),
    ("POST", "/v1/restore"),
    ("GET", "/v1/policy"),
    ("POST", "/v1/check"),
    ("POST", "/v1/diff"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
ENDLESS = {("GET", "/v1/events")}
"""Calls whose answer does not end by itself."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application in this process."""
    policies = shutil.copytree(shipped_policy(), tmp_path_factory.mktemp("openapi") / "policies")
    with Resolver.open(policies) as resolver:
        yield make_app(resolver, Settings(admin_tokens=(ADMIN,), hosts=frozenset({"testserver"})))


@pytest.fixture(scope="module")
def schema(app: FastAPI) -> OpenApiSchema:
    refused = {"expected-statuses": ["2xx", "422"]}  # a name that the policy does not have fits the document
    config = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": refused}})
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


def members(part: object) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of each member of each object, at any depth."""
    if isinstance(part, list):
        for each in part:
            yield from members(each)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield name, value
            yield from members(value)


def test_every_error_is_described_as_a_problem(app: FastAPI) -> None:
    """As `application/problem+json`, which no schema of the framework names."""
    document = app.openapi()
    assert not [name for name in document["components"]["schemas"] if "Validation" in name]
    for path, methods in document["paths"].items():
        for call in methods.values():
            errors = [answer for status, answer in call["responses"].items() if status != "200"]
            assert [[*answer["content"]] for answer in errors] == (
                [["application/problem+json"]] * path.startswith("/v1")
            )


def test_a_generated_client_has_short_names(app: FastAPI) -> None:
    """Each call has the name of its path, and each body and error refers to a schema with a name."""
    document = app.openapi()
    names = {call["operationId"]: path for path, methods in document["paths"].items() for call in methods.values()}
    assert names == {path.rpartition("/")[2]: path for path in document["paths"]}
    assert {"RequestBody", "ReportBody", "RanOn", "Problem"} <= document["components"]["schemas"].keys()
    (one, many) = document["paths"]["/v1/decide"]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "anyOf"
    ]
    assert one == many["items"] == {"$ref": "#/components/schemas/RequestBody"}


def test_the_document_is_valid(app: FastAPI, schema: OpenApiSchema) -> None:
    """It is OpenAPI 3.1, and every call is either tried below or endless."""
    document = app.openapi()
    assert document["openapi"].startswith("3.1.")
    schema.validate()
    for component in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(component)
    references = {value for name, value in members(document) if name == "$ref"}
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    calls = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert calls == CALLS | ENDLESS


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), sorted(CALLS))
def test_every_answer_is_as_the_document_says(schema: OpenApiSchema, method: str, path: str) -> None:
    """Requests that fit the document, and requests that do not."""
    operation = schema[path][method]

    @given(case=operation.as_strategy())
    @settings(suppress_health_check=list(HealthCheck))
    def conforms(case: Any) -> None:
        case.call_and_validate(headers=AUTHORIZED)

    conforms()
