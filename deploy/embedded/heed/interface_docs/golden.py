"""Golden events: one of each type as it was first published. Current code must be able to read them for ever."""

from typing import Any

from heed.interface_docs.asyncapi import schema_of
from heed.interface_docs.event_examples import IDENTIFIER, TRACE, enveloped
from heed_common.contracts.event import Event

FORMATS = {"uuid": str(IDENTIFIER), "date-time": "2026-03-02T12:00:00Z", "date": "2026-03-02"}
SAMPLES = {"boolean": True, "integer": 1, "number": 0.5, "null": None}
Schema = dict[str, Any]


def example(event: type[Event]) -> str:
    """An envelope with every field of the data filled in."""
    schema = schema_of(event)
    data = event.model_validate(_sample(schema, schema.get("$defs", {})))
    envelope = enveloped(data, causation=IDENTIFIER, traceparent=TRACE)
    return envelope.model_dump_json(indent=2) + "\n"


def _sample(schema: Schema, definitions: dict[str, Schema]) -> Any:  # noqa: ANN401 - any JSON value
    """A value that fits: the first of each choice, one item of each list."""
    if "$ref" in schema:
        return _sample(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for choice in ("anyOf", "allOf", "oneOf"):
        if choice in schema:
            return _sample(schema[choice][0], definitions)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {name: _sample(part, definitions) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [_sample(part, definitions) for part in schema.get("prefixItems", [schema.get("items", {})])]
    return _scalar(schema)


def _scalar(schema: Schema) -> Any:  # noqa: ANN401 - any JSON value
    kind = schema.get("type", "string")
    if kind != "string":
        return SAMPLES[kind]
    if "pattern" in schema:
        return "1.25"  # money and shares: the only texts in events that have a pattern
    return FORMATS.get(schema.get("format", ""), "example")
