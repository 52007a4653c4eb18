"""The OpenAPI 3.1 document, made from the same models that requests and answers go through.

What belongs here: from the registry of endpoints to the document. What does not: the page that shows it
(`endpoints.documentation`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from qbr_pipeline.api.access import Needs
from qbr_pipeline.api.errors import Code
from qbr_pipeline.api.models import NoParameters, Number
from qbr_pipeline.api.routes import Endpoint

Mode = Literal["validation", "serialization"]

HIDDEN_TAG = "documentation"
_REF = "#/components/schemas/"
_ABOUT = """The numbers of an MSP's Quarterly Business Review: metrics, SmartNumbers, and where they come from.

Every answer of JSON is an envelope: `{"success": true, "data": {...}}`, or `{"success": false, "error": {"code",
"message", "status"}}`. 0 is 0 and absent is null. Numbers are exact decimals: read them as such.
The role `read` may read, `write` may do both. Every answer carries an `X-Request-ID`."""
_MEANING = {
    400: "The request is not valid; the code says what is wrong and the message what is expected.",
    401: "The key is missing or not valid.",
    403: "The key does not allow this, or access is denied to everybody.",
    404: "There is no data for this period, or no such organization.",
    409: "A value differs from the one that the request expected: nothing was stored, and `conflicts` holds both.",
    412: "The value differs from the one with the ETag in If-Match: nothing was stored, and `conflicts` holds both.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many wrong keys came from this address; Retry-After says when to try again.",
    500: "An internal error occurred; the log has the details under the request id.",
    503: "The database cannot be used at the moment, or too many requests are waiting; the code says whether what was "
    "sent is stored nevertheless.",
}


_TAKE_EXPECTATIONS = {"entry", "thresholds"}
"""The tags of endpoints to which one may say what one saw."""
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the value as you read it: 412 when it is another now.",
    "schema": {"type": "string", "pattern": '^(W/)?"[^"]*"$'},
}
_ETAG = {"ETag": {"description": "Of one value: for If-Match when writing it.", "schema": {"type": "string"}}}


class ConflictResponse(BaseModel):
    """A value that is another one than the sender saw; null is absent."""

    name: str
    expected_value: Number | None
    current_value: Number | None


class ErrorResponse(BaseModel):
    """What went wrong: a code for programs, a sentence for people."""

    code: Literal[tuple(Code.__members__)]  # type: ignore[valid-type]
    message: str
    status: int
    field: str | None = Field(None, description="The field at fault; left out if there is none.")
    conflicts: list[ConflictResponse] = Field(
        default=[],
        description="With 409 and 412: the values that changed since they were read; otherwise left out.",
    )


class Failure(BaseModel):
    """The envelope of everything but success."""

    success: Literal[False]
    error: ErrorResponse


def document(endpoints: Iterable[Endpoint], prefix: str) -> dict[str, Any]:
    """The document of `endpoints`, served below `prefix`."""
    visible = [each for each in endpoints if each.tag != HIDDEN_TAG]
    schemas = _Schemas(visible)
    paths: dict[str, dict[str, Any]] = {}
    for each in visible:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    components = _used(schemas.components, paths)
    return _with_short_names(
        {
            "openapi": "3.1.0",
            "info": {"title": "QBR numbers", "version": "1", "description": _ABOUT},
            "servers": [{"url": prefix}],
            "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in visible)],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            },
        }
    )


def _used(schemas: dict[str, Any], start: object) -> dict[str, Any]:
    """The schemas that `start` refers to, directly or through others."""
    used: dict[str, Any] = {}
    found = _references(start)
    while found:
        name = found.pop()
        if name not in used:
            used[name] = schemas[name]
            found |= _references(schemas[name])
    return {name: schema for name, schema in schemas.items() if name in used}


def _references(part: object) -> set[str]:
    return set(re.findall(rf'"{_REF}([^"]+)"', json.dumps(part, default=str)))


def _with_short_names(models: dict[str, Any]) -> dict[str, Any]:
    """The document with `thresholds_Status` where pydantic, to tell models apart, wrote their whole modules."""
    names = models["components"]["schemas"]
    text = json.dumps(models)
    for name in names:
        if "__" in name:
            text = text.replace(f'{name}"', f'{"_".join(name.split("__")[-2:])}"')
    short: dict[str, Any] = json.loads(text)
    return short


class _Schemas:
    """The schemas of every model, those of parameters taken apart."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        taken: set[type[BaseModel]] = {each.body for each in endpoints} | {each.query for each in endpoints}
        models = {each.data for each in endpoints if each.data is not None} | {Failure}
        self._refs, held = models_json_schema(
            [(model, "validation") for model in _by_name(taken)]
            + [(model, "serialization") for model in _by_name(models)],
            ref_template=_REF + "{model}",
        )
        self.components: dict[str, Any] = dict(held["$defs"])

    def of(self, model: type[BaseModel], mode: Mode) -> dict[str, Any]:
        """The schema of a body or of an answer's data."""
        return self._refs[model, mode]

    def parameters(self, model: type[BaseModel]) -> list[dict[str, Any]]:
        """The parameters that a query model holds."""
        schema = self.components[self._refs[model, "validation"]["$ref"].removeprefix(_REF)]
        return [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": _without_null(about),
            }
            for name, about in schema.get("properties", {}).items()
        ]


def _by_name(models: set[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: model.__name__)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, which is absent rather than null."""
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "title"}}
    if kept.get("default", 0) is None:
        del kept["default"]
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    return (
        {**kept, **branches[0]}
        if len(branches) == 1
        else {**kept, **({"anyOf": branches} if branches else {})}
    )


def _operation(endpoint: Endpoint, schemas: _Schemas) -> dict[str, Any]:
    summary, _, rest = endpoint.summary.partition(". ")
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": summary.removesuffix("."),
        "parameters": schemas.parameters(endpoint.query),
        "responses": {"200": _success(endpoint, schemas), **_failures(endpoint)},
    }
    if endpoint.of_one_value and endpoint.needs is Needs.WRITE:
        operation["parameters"] = [*operation["parameters"], _IF_MATCH]
    elif endpoint.of_one_value:
        operation["responses"]["200"]["headers"] = _ETAG
    if rest:
        operation["description"] = rest
    if endpoint.body is not NoParameters:
        body = {"schema": schemas.of(endpoint.body, "validation")}
        operation["requestBody"] = {"required": True, "content": {"application/json": body}}
    if endpoint.needs is not Needs.NOTHING:
        operation["security"] = [{"key": []}]
    return operation


def _success(endpoint: Endpoint, schemas: _Schemas) -> dict[str, Any]:
    content: dict[str, Any] = {media: {"schema": {"type": "string"}} for media in endpoint.media}
    if endpoint.data is not None:
        envelope = {
            "type": "object",
            "required": ["success", "data"],
            "additionalProperties": False,
            "properties": {
                "success": {"const": True},
                "data": schemas.of(endpoint.data, "serialization"),
            },
        }
        content["application/json"] = {"schema": envelope}
    return {"description": "Done.", "content": content}


def _failures(endpoint: Endpoint) -> dict[str, Any]:
    writes = {413, 415} if endpoint.body is not NoParameters else set()
    if endpoint.needs is Needs.WRITE and endpoint.tag in _TAKE_EXPECTATIONS:
        writes |= {409, 412} if endpoint.of_one_value else {409}
    keyed = {401, 403, 404, 429} if endpoint.needs is not Needs.NOTHING else {403}
    content = {"application/json": {"schema": {"$ref": f"{_REF}{Failure.__name__}"}}}
    return {
        str(status): {"description": _MEANING[status], "content": content}
        for status in sorted({400, 500, 503} | writes | keyed)
    }
