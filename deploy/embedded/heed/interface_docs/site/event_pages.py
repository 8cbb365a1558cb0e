"""The catalogue of events: a page for each topic, from the AsyncAPI document and its golden examples."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Document = dict[str, Any]
KINDS = {"integer": "whole number", "object": "object", "boolean": "true or false"}
FORMATS = {"uuid": "UUID", "date-time": "moment", "date": "day"}
DECIMAL_PATTERN = "[0-9]+(\\.[0-9]+)?$"


def topic_pages(asyncapi: Document, examples: Mapping[str, str]) -> dict[str, str]:
    """Return the page of each topic by its address."""
    return {
        channel["address"]: "\n".join(_topic(channel, asyncapi, examples)) + "\n"
        for channel in asyncapi["channels"].values()
    }


def _topic(channel: Document, asyncapi: Document, examples: Mapping[str, str]) -> Iterator[str]:
    yield f"# Events of `{channel['address']}`\n"
    yield f"{channel['description']} What all events have in common: [events](../events.md).\n"
    components = asyncapi["components"]
    for name in sorted(channel["messages"]):
        yield from _event(name, components["messages"][name], components["schemas"])
        if name in examples:
            yield f'??? example "An event"\n\n    ```json\n{_indented(examples[name])}\n    ```\n'


def _event(name: str, message: Document, schemas: Document) -> Iterator[str]:
    schema = schemas[message["title"]]
    yield f"## `{name}`\n"
    if "description" in schema:
        yield f"{schema['description']}\n"
    yield "| field of `data` | kind | meaning |\n|---|---|---|"
    required = schema.get("required", ())
    for field, described in schema.get("properties", {}).items():
        need = "" if field in required else " or absent"
        yield f"| `{field}` | {_kind(described, schemas)}{need} | {_in_cell(described.get('description', ''))} |"
    yield ""


def _kind(schema: Document, schemas: Document) -> str:
    """Return in words what a field holds."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _kind(schemas[name], schemas) if "enum" in schemas[name] else f"{name}: {_members(schemas[name])}"
    if "anyOf" in schema:
        return " or ".join(_kind(option, schemas) for option in schema["anyOf"])
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}), schemas)}"
    if kind == "string":
        is_decimal = schema.get("pattern", "").endswith(DECIMAL_PATTERN)
        return "decimal as text" if is_decimal else FORMATS.get(schema.get("format", ""), "text")
    return KINDS.get(kind, str(kind))


def _members(schema: Document) -> str:
    return ", ".join(f"`{name}`" for name in schema.get("properties", {})) or "object"


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _indented(example: str) -> str:
    text = json.dumps(json.loads(example), indent=2, ensure_ascii=False)
    return "\n".join(f"    {line}" for line in text.splitlines())
