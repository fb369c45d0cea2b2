"""A body that an operation of the API takes, made from its own schema."""

from typing import Any

from app.blueprints.api.contract import OPERATIONS

TEXTS = {
    "date": "2027-06-07", "date-time": "2027-06-07T08:00:00Z", "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "a@b.example", "base64": "eA==",
}  # fmt: skip


def body_for(endpoint: str) -> dict[str, Any]:
    """What an operation of this name needs, each field at its simplest; empty when it takes nothing."""
    for declared in OPERATIONS:
        if endpoint == f"api.{declared.name}" and declared.body is not None:
            schema = declared.body.model_json_schema()
            filled: dict[str, Any] = example(schema, schema.get("$defs", {}))
            return filled
    return {}


def example(schema: dict[str, Any], named: dict[str, Any]) -> Any:
    """The simplest value that a schema takes."""
    if reference := schema.get("$ref"):
        return example(named[reference.rpartition("/")[2]], named)
    for choice in ("const", "default"):
        if choice in schema:
            return schema[choice]
    if choices := schema.get("enum"):
        return choices[0]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return example(options[0], named)
    return of_type(schema, named)


def of_type(schema: dict[str, Any], named: dict[str, Any]) -> Any:
    """The simplest value of a plain type."""
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: example(fields[name], named) for name in schema.get("required", ())}
    if kind == "array":
        return [example(schema["items"], named)] if schema.get("items") else []
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return TEXTS.get(schema.get("format", ""), "x" * max(schema.get("minLength", 1), 1))
