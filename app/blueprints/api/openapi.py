"""The OpenAPI document, made from the declared operations, and a page to read it."""

import re
from functools import cache
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app.blueprints.api import blueprint, pages
from app.blueprints.api.contract import KEY_LETTERS, OPERATIONS, Operation
from app.fields import BIGGEST_ID
from app.htmx import page
from app.permissions import public, signed_in

VERSION = "1.0.0"
REFERENCE = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
KEY_MEANS = (
    "The same key and body replay the first answer, with `Idempotency-Replayed: true`; another body is 422. "
    "A refused request keeps nothing, so its key can be used again."
)
AREAS = {
    "inventory": "Inventory",
    "warehouse": "Warehouse",
    "planning": "Planning",
    "crm": "CRM",
    "": "All modules",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
COMMON_PROBLEMS = {401: "No valid token", 403: "Not permitted", 429: "Too many requests"}


@blueprint.get("/openapi.json")
@public
def document() -> Response:
    """The whole contract, for programs."""
    return jsonify(openapi())


@pages.get("/docs")
@signed_in
def read() -> Response:
    """The whole contract, for people."""
    return page("api/docs.html", areas=by_area(), path_of=openapi_path)


def by_area() -> dict[str, list[Operation]]:
    """The operations of each module, in the order of their paths; what belongs to no module comes last."""
    areas: dict[str, list[Operation]] = {label: [] for label in AREAS.values()}
    for declared in sorted(OPERATIONS, key=lambda each: (each.path, METHODS.index(each.method))):
        areas[AREAS.get(declared.path.split("/")[1], AREAS[""])].append(declared)
    return areas


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    paths: dict[str, dict[str, Any]] = {}
    for declared in OPERATIONS:
        paths.setdefault(openapi_path(declared.path), {})[declared.method.lower()] = describe(declared)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Crosshire", "version": VERSION},
        "servers": [{"url": blueprint.url_prefix}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas() | {"Problem": PROBLEM},
        },
    }


def openapi_path(path: str) -> str:
    """`/events/<int:event_id>` as OpenAPI writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def models_used() -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    """Every model that goes in or out, each once."""
    used: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for declared in OPERATIONS:
        if declared.body:
            used[declared.body, "validation"] = None
        if declared.answer:
            used[declared.answer, "serialization"] = None
    return list(used)


def schemas() -> dict[str, Any]:
    """The components, by name."""
    _, definitions = models_json_schema(models_used(), ref_template=REFERENCE)
    found: dict[str, Any] = definitions.get("$defs", {})
    return found


@cache
def schema_names() -> dict[Any, str]:
    """Which component a model became."""
    keys, _ = models_json_schema(models_used(), ref_template=REFERENCE)
    return {key: value["$ref"] for key, value in keys.items()}


def describe(declared: Operation) -> dict[str, Any]:
    """One operation."""
    described: dict[str, Any] = {
        "operationId": declared.name,
        "summary": declared.summary,
        "tags": [declared.path.strip("/").partition("/")[0]],
        "parameters": path_parameters(declared) + query_parameters(declared) + header_parameters(declared),
        "responses": responses(declared),
    }
    if declared.permission:
        described["description"] = f"Needs the permission `{declared.permission}`."
    if declared.body:
        reference = {"$ref": schema_names()[declared.body, "validation"]}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference}}}
    return described


def path_parameters(declared: Operation) -> list[dict[str, Any]]:
    """What stands in the address."""
    integer = {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": integer if kind == "int" else {"type": "string", "minLength": 1, "maxLength": 200},
        }
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", declared.path)
    ]


def query_parameters(declared: Operation) -> list[dict[str, Any]]:
    """What stands behind the question mark."""
    if declared.query is None:
        return []
    schema = declared.query.model_json_schema(ref_template=REFERENCE)
    inner = schema.pop("$defs", {})
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": without_references(field, inner),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def without_references(schema: Any, inner: dict[str, Any]) -> Any:
    """A schema with what it refers to written out."""
    if isinstance(schema, list):
        return [without_references(item, inner) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return without_references(inner[reference.rpartition("/")[2]], inner)
    return {key: without_references(value, inner) for key, value in schema.items()}


def header_parameters(declared: Operation) -> list[dict[str, Any]]:
    """The key that makes a repeated request one deed."""
    if not declared.is_idempotent:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": f"^{KEY_LETTERS}$"}
    key = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}
    return [key | {"description": KEY_MEANS}]


def responses(declared: Operation) -> dict[str, Any]:
    """Every answer that can come."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    texts = dict(COMMON_PROBLEMS)
    if "<" in declared.path or declared.body:
        texts[404] = "Not found"
    if declared.body:
        texts |= {400: "Not JSON", 409: "Changed meanwhile", 422: "Invalid or refused", 503: "Busy"}
    if declared.method != "GET":
        texts |= {409: "Changed meanwhile", 422: "Refused", 503: "Busy"}
    if declared.query:
        texts[422] = "Invalid"
    if declared.media_types:
        texts[503] = "Not ready yet"
    answers = {
        str(status): {"description": text, "content": problem} for status, text in sorted(texts.items())
    }
    has_content = declared.answer or declared.media_types
    return {str(declared.status if has_content else 204): success(declared)} | answers


def success(declared: Operation) -> dict[str, Any]:
    """The answer when all went well."""
    file = {"schema": {"type": "string", "format": "binary"}}
    files = dict.fromkeys(declared.media_types, file)
    if declared.answer is None:
        return {"description": "The file", "content": files} if files else {"description": "Done"}
    reference: dict[str, Any] = {"$ref": schema_names()[declared.answer, "serialization"]}
    if declared.is_list:
        reference = list_schema(
            reference, is_paged=declared.query is not None and "page" in declared.query.model_fields
        )
    return {"description": "Done", "content": {"application/json": {"schema": reference}, **files}}


def list_schema(item: dict[str, Any], *, is_paged: bool) -> dict[str, Any]:
    """A list, with its paging when it has any."""
    properties: dict[str, Any] = {"items": {"type": "array", "items": item}}
    if is_paged:
        properties |= {name: {"type": "integer"} for name in ("page", "per_page", "total")}
        properties["next"] = {"type": ["string", "null"]}
    return {"type": "object", "required": sorted(properties), "properties": properties}
