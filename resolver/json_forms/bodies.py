"""The bodies of requests to a server, as JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

from resolver.domain import Decision
from resolver.loader import MemorySource, is_misnamed, is_policy_file
from resolver.yaml_text.documents import encoded

MOST_TEXTS = 1_000
"""Texts of one policy."""

REFERENCE = "#/components/schemas/"
_FILE_NAME = r"^[^/\\\x00]{1,255}$"
_FILES = Field(min_length=1, max_length=MOST_TEXTS, json_schema_extra={"additionalProperties": False})  # no other names
_Facts = dict[StrictStr, StrictStr | StrictInt]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RequestBody(_Body):
    """A request to decide: the agent of a triad with a role, its phase, and the policy's own facts."""

    triad: StrictStr
    role: StrictStr
    phase: StrictStr | None = None
    facts: _Facts | None = None


class RanOn(BaseModel):
    """The decision that the work ran on; all that `/v1/decide` answered may be given."""

    tier: StrictStr
    revision: StrictStr


class ReportBody(RequestBody):
    """An outcome to record. A success has neither `kind` nor `error`."""

    failed: StrictBool
    kind: StrictStr | None = None
    error: StrictStr | None = None
    ran_on: RanOn | None = None

    @property
    def ran_on_decision(self) -> Decision | None:
        """The decision that the work ran on, as a resolver takes it."""
        return Decision(self.ran_on.tier, "", "", {}, self.ran_on.revision) if self.ran_on else None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.failed and (self.kind is not None or self.error is not None):
            raise ValueError("a success has neither `kind` nor `error`")
        return self


class SubjectBody(_Body):
    """The subject of an entry."""

    triad: StrictStr
    role: StrictStr


class LowerBody(SubjectBody):
    """An entry to lower to `tier`, or to remove (null), with a reason for the history."""

    tier: StrictStr | None = None
    reason: StrictStr = ""


def _few(value: object) -> object:
    """Raise ValueError for too many texts, before each of them can have an error of its own."""
    if isinstance(value, dict) and len(value) > MOST_TEXTS:
        raise ValueError(f"a policy has at most {MOST_TEXTS:,} texts")
    return value


def _file_name(name: str) -> str:
    if not re.fullmatch(_FILE_NAME[1:-1], name):
        raise ValueError(
            "a file has a name without its directory, such as `model_tiers.yaml`, of at most 255 characters"
        )
    return name


_FileName = Annotated[StrictStr, AfterValidator(_file_name), WithJsonSchema({"type": "string", "pattern": _FILE_NAME})]


class PolicyBody(_Body):
    """The texts of a policy: those of a directory by file name, or that of an application's single file."""

    files: Annotated[dict[_FileName, StrictStr], _FILES, BeforeValidator(_few)]
    single: StrictBool = False

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.single and len(self.files) > 1:
            raise ValueError("a policy that is a single file has one text")
        return self

    def source(self) -> MemorySource:
        """Return them as a policy that can be loaded; of a directory, other files are left out, as those of tests."""
        folder = Path() if self.single else Path("policies")
        contents = {
            folder / name: encoded(text)
            for name, text in self.files.items()
            if self.single or is_policy_file(name) or is_misnamed(name)
        }
        return MemorySource(next(iter(contents)) if self.single else folder, contents, is_directory=not self.single)


class ComparisonBody(_Body):
    """Two policies to compare; null means the policy in force."""

    old: PolicyBody | None = None
    new: PolicyBody | None = None


T = TypeVar("T", bound=BaseModel)


class OneOrMany(Generic[T]):
    """A body that is a `model`, or a list of at most `most` of them.

    It is read by hand: FastAPI takes longer for that than a decision takes, and names other places in errors.
    """

    def __init__(self, model: type[T], most: int) -> None:
        self._model = model
        many_of: Any = Annotated[list[model], Field(max_length=most)]  # type: ignore[valid-type]  # a type that is a value
        self._many: TypeAdapter[list[T]] = TypeAdapter(many_of)
        one = {"$ref": REFERENCE + model.__name__}
        many = {"type": "array", "maxItems": most, "items": one}
        content = {"application/json": {"schema": {"anyOf": [one, many]}}}
        self.openapi = {"requestBody": {"required": True, "content": content}}

    def read(self, body: bytes) -> T | list[T]:
        """Return what a body has; pydantic's ValidationError if that has the wrong form."""
        is_list = body.lstrip()[:1] == b"["
        return self._many.validate_json(body) if is_list else self._model.model_validate_json(body)
