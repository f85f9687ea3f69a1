"""The JSON Schema that editors check policy files with."""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # no stubs among the dependencies
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from resolver.domain import Ladder, vocabulary
from resolver.loader import policy_files, shipped_policy
from resolver.schema import OPERATORS
from resolver.schema.jsonschema import application_schema, json_schema
from resolver.schema.policy_tests import schema_of_tests
from resolver.testing.strategies import policies
from tests.author.policy_tests.test_case_files import WRONG
from tests.test_bad_policies import CASES, CORPUS

NOT_YAML = (
    "syntax",
    "encoding",
    "tag",
    "documents",
    "duplicate-key",
    "duplicate-rule",
    "merge-key",
    "too-deep",
    "alias-bomb",
    "tab",
    "ambiguous",
    "cannot-learn",
)
"""Codes of what is wrong with a text before it is data; readers of YAML differ in it."""

UNSEEN = {
    # a schema looks at one file
    "missing-key-ruleset",
    "missing-key-ruleset-empty",
    "missing-key-rulesets-empty",
    "missing-key-tiers",
    "missing-section",
    "missing-section-both",
    "missing-section-null",
    "empty-tiers",
    "suffix",
    "not-read",
    # a schema cannot relate one value to another
    "fact-name-hash",
    "off-ladder",
    "off-ladder-default",
    "same-pri",
    "same-pri-across-files",
    "too-complex-rule",
    "too-complex-ruleset",
    "unknown-fact",
    "unknown-fact-far",
    "unknown-fact-in-alias",
    "unknown-fact-in-reference",
    "unknown-fact-in-run",
    "unknown-tier-condition",
    "unknown-tier-default-ladder",
    "unknown-tier-escalate",
    "unknown-tier-escalation",
    "unknown-tier-ladder",
    "unknown-tier-ladder-typo",
    "unknown-tier-phase",
    "unknown-tier-role",
    "unknown-tier-run",
    "unknown-tier-tiers",
    "unknown-value",
    "unknown-value-far",
    "unlisted-closed",
    "unlisted-phase",
    "unlisted-provider",
    "unused-provider-order",
    "odd-name",
    "wildcard",
    "reference-different-values",
    "reference-run-no-tier",
    "unused-provider",
    "unused-provider-far",
    # a schema cannot say that null is no limit, and knows no infinity and no prefixes of keys
    "empty-limits-null",
    "range-option",
    "range-option-nan",
    "secret-api-key-env-prefix",
    "secret-url-query",
    "secret-value",
    # a schema counts characters, not bytes, and takes 3.0 for an integer
    "name-long",
    "type-integer-fact-has-fraction",
    # readers of YAML differ in what the digits mean, and give keys to a schema as text
    "type-boolean-key",
    "type-integer-key",
    "type-list-key",
    "type-null-key",
    "type-pri-has-leading-zero",
}
"""Policies of the corpus with which the schema finds nothing wrong."""


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def _as_editors_read(text: str) -> list[Any]:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    with warnings.catch_warnings(action="ignore"):
        return [_with_text_keys(document) for document in reader.load_all(text)]


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_text_keys(item) for item in value]
    return {str(key): _with_text_keys(item) for key, item in value.items()} if isinstance(value, dict) else value


def _refuses(case: str) -> bool:
    """Tell whether an editor marks anything in the files of a policy of the corpus."""
    for file in (CORPUS / case).glob("*.yaml"):
        try:
            documents = _as_editors_read(file.read_text(encoding="utf-8"))
        except YAMLError:
            return True
        if not all(_validator().is_valid(document) for document in documents if document is not None):
            return True
    return False


def test_it_is_a_schema() -> None:
    """It is valid under draft 2020-12, and every reference in it leads somewhere."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    references = {value.removeprefix("#/$defs/") for value in _values(schema, "$ref")}
    assert references == set(schema["$defs"])


def test_nothing_is_open() -> None:
    """Each object of the schema says what other keys it may have."""
    for name, definition in json_schema()["$defs"].items():
        if definition.get("type") == "object":
            assert "additionalProperties" in definition, name
    assert not list(_values(json_schema(), "patternProperties"))


def _values(node: Any, key: str) -> list[Any]:
    if isinstance(node, list):
        return [found for item in node for found in _values(item, key)]
    if not isinstance(node, dict):
        return []
    own = [node[key]] if key in node else []
    return own + [found for item in node.values() for found in _values(item, key)]


@pytest.mark.parametrize("file", policy_files(shipped_policy()), ids=lambda path: path.name)
def test_it_accepts_the_shipped_files(file: Path) -> None:
    """Each shipped file is valid on its own."""
    [document] = _as_editors_read(file.read_text(encoding="utf-8"))
    assert [error.message for error in _validator().iter_errors(document)] == []


@pytest.mark.slow
@given(policies(total=False))
def test_it_accepts_what_the_loader_accepts(policy: dict[str, Any]) -> None:
    """Every well-formed policy is valid."""
    assert [error.message for error in _validator().iter_errors(policy)] == []


@pytest.mark.parametrize(
    "empty", [None, {}, {"model_tiers": None, "facts": None, "rulesets": None}, {"model_tiers": {}}]
)
def test_a_file_may_hold_as_little_as_it_likes(empty: dict[str, Any] | None) -> None:
    """A file of a directory may have any of the sections, or none."""
    assert _validator().is_valid(empty) == (empty is not None)


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith(NOT_YAML)])
def test_it_refuses_what_it_can_see(case: str) -> None:
    """Of the policies that are wrong, the schema accepts those that are listed above, and no other."""
    if (CORPUS / case / "config.yaml").exists():
        return  # an application's file has a schema of its own
    assert _refuses(case) == (case not in UNSEEN)


def test_the_list_is_of_the_corpus() -> None:
    """What is listed as unseen is there."""
    assert set(CASES) >= UNSEEN


def _tests_validator() -> Draft202012Validator:
    return Draft202012Validator(schema_of_tests())


def test_the_schema_of_tests_is_a_schema_and_closed() -> None:
    """It is valid, every reference leads somewhere, and each object says what other keys it may have."""
    schema = schema_of_tests()
    Draft202012Validator.check_schema(schema)
    assert {value.removeprefix("#/$defs/") for value in _values(schema, "$ref")} == set(schema["$defs"])
    for name, definition in schema["$defs"].items():
        if definition.get("type") == "object":
            assert "additionalProperties" in definition, name


def test_it_accepts_the_shipped_tests() -> None:
    """The shipped file of tests is valid."""
    [document] = _as_editors_read((shipped_policy() / "policy_test.yaml").read_text(encoding="utf-8"))
    assert [error.message for error in _tests_validator().iter_errors(document)] == []


NEEDS_THE_POLICY = {"unknown-tier", "unknown-rule", "facts: {preset", "models: {cerbras", "options: {cerbras"}
"""What is wrong with a test only because of what the policy says."""


@pytest.mark.parametrize("text", [text for text, said in WRONG.items() if not said.startswith(NOT_YAML)])
def test_it_refuses_tests_that_are_wrong(text: str) -> None:
    """Of the tests that are wrong, it accepts those that only the policy can tell to be."""
    [document] = _as_editors_read(text)
    unseen = any(part in text or WRONG[text].startswith(part) for part in NEEDS_THE_POLICY)
    assert _tests_validator().is_valid(document) == unseen


def test_an_editor_does_not_take_one_kind_for_the_other() -> None:
    """Neither schema accepts a file of the other kind."""
    [tests] = _as_editors_read((shipped_policy() / "policy_test.yaml").read_text(encoding="utf-8"))
    [policy] = _as_editors_read((shipped_policy() / "precedence.yaml").read_text(encoding="utf-8"))
    assert not _validator().is_valid(tests)
    assert not _tests_validator().is_valid(policy)


@cache
def _application_validator() -> Draft202012Validator:
    return Draft202012Validator(application_schema())


SINGLE_FILES = sorted(path.parent.name for path in CORPUS.glob("*/config.yaml"))
UNSEEN_IN_SINGLE_FILES = {"missing-key-single-file"}
"""Single files of the corpus that are wrong only because of what no schema sees."""


@pytest.mark.parametrize("case", [case for case in SINGLE_FILES if not case.startswith(NOT_YAML)])
def test_it_refuses_what_it_can_see_in_an_applications_file(case: str) -> None:
    """Of the application's files that are wrong, the schema accepts those that are listed above, and no other."""
    [document] = _as_editors_read((CORPUS / case / "config.yaml").read_text(encoding="utf-8"))
    assert _application_validator().is_valid(document) == (case in UNSEEN_IN_SINGLE_FILES)


@pytest.mark.parametrize("where", ["root", "config"])
def test_an_applications_file_is_its_own_but_for_our_sections(where: str) -> None:
    """The rest of the file may be anything; a mistake in a section is seen at the root and under `config`."""

    def file(sections: dict[str, Any]) -> dict[str, Any]:
        return {"name": "x", **sections} if where == "root" else {"name": 1, "config": {"y": [], **sections}}

    assert _application_validator().is_valid(file({"model_tiers": {"role_defaults": {"worker_a": "fast"}}}))
    assert not _application_validator().is_valid(file({"model_tiers": {"role_default": {"worker_a": "fast"}}}))
    assert not _application_validator().is_valid(file({"rulesets": {"tier": {"r": {"pri": -1, "all": [], "run": 1}}}}))


@pytest.mark.parametrize("schema", [json_schema(), application_schema(), schema_of_tests()], ids=lambda s: s["title"])
def test_editors_complete_keys_and_insert_no_null(schema: dict[str, Any]) -> None:
    """Bounds of keys beside `properties` hide these from completion; a default of null is inserted with its key."""
    for node in _mappings(schema):
        assert not ("properties" in node and node.keys() & {"propertyNames", "maxProperties"}), node
        assert "default" not in node
        assert node.get("type") != "null" or list(node) == ["type"]
    for name, definition in schema["$defs"].items():
        assert not re.search(r"[A-Z]", name)
        if "properties" in definition and not name.endswith("_condition"):
            assert "title" in definition, name


def _mappings(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _mappings(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for item in node.values() for found in _mappings(item))]


@pytest.mark.parametrize("ruleset", ["tier", "outcome"])
def test_a_condition_offers_all_operators_and_facts(ruleset: str) -> None:
    """Also within an operator that takes a fact."""
    condition = json_schema()["$defs"][f"{ruleset}_condition"]["properties"]
    facts = {*vocabulary(ruleset, Ladder(()), {})}
    assert {*condition} == {*OPERATORS, *facts}
    for operator in ("$neq", "$lt", "$lte", "$gt", "$gte", "$ex", "$nex"):
        assert {*condition[operator]["properties"]} == facts
