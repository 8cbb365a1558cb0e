"""Every property of the interface documents is described, by more than the words of its name."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from heed_common.http.field_descriptions import NAMES, describe_fields

INTERFACES = Path(__file__).resolve().parents[2] / "docs" / "interfaces"
DOCUMENTS = ("openapi.json", "openapi-platform.json", "asyncapi.json")
MIN_PROPERTIES = 3500
EMPTY_WORDS = frozenset(("the", "a", "an", "of", "it", "its", "is", "was", "who", "that", "this", "when", "what", "by"))
PROFILES = "profile.*.json"
"""Left out: their fields have a title in both languages instead."""


class ThingIn(BaseModel):
    weight: int
    """In kilograms."""
    label: str
    """For people."""
    note: str


class ThingOut(BaseModel):
    weight: int
    label: str
    """As it was printed."""
    note: str


class ThingWithHistory(ThingOut):
    weight: int


def properties(name: str, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the properties of a schema, with their paths, and those within them."""
    if isinstance(node, list):
        for part in node:
            yield from properties(name, part)
    elif isinstance(node, dict):
        own = node.get("properties", {})
        for key, described in own.items():
            yield f"{name}.{key}", described
            yield from properties(f"{name}.{key}", described)
        for key, part in node.items():
            if key not in ("properties", "examples"):
                yield from properties(name, part)


def all_properties() -> list[tuple[str, dict[str, Any]]]:
    """Messages of events are left out: they narrow the properties of their envelope, and add none."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name in DOCUMENTS:
        document = json.loads((INTERFACES / name).read_text())
        found += properties("", document["components"]["schemas"])
        found += properties("", document.get("paths", {}))
    for path in sorted({*(INTERFACES / "schemas").glob("*.json")} - {*(INTERFACES / "schemas").glob(PROFILES)}):
        found += properties(path.stem, json.loads(path.read_text()))
    return found


PROPERTIES = all_properties()


def words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall("[a-z0-9]+", text.lower())} - EMPTY_WORDS


def test_every_property_is_described():
    assert len(PROPERTIES) > MIN_PROPERTIES
    assert sorted({name for name, described in PROPERTIES if not described.get("description")}) == []


def test_no_description_repeats_the_name_only():
    assert PROPERTIES
    echoes = {
        f"{name}: {described['description']}"
        for name, described in PROPERTIES
        if "description" in described and words(described["description"]) <= words(name.rpartition(".")[2])
    }
    assert sorted(echoes) == []


def test_what_a_request_must_have_is_not_described_as_null():
    schemas = json.loads((INTERFACES / "openapi.json").read_text())["components"]["schemas"]
    required = {
        f"{name}.{field}": described
        for name, schema in schemas.items()
        if name.endswith("In")
        for field, described in schema.get("properties", {}).items()
        if field in schema.get("required", ()) and "anyOf" not in described
    }
    assert required
    assert [name for name, described in required.items() if "null" in described.get("description", "")] == []


def test_every_common_text_is_used():
    used = {(name.rpartition(".")[2], described.get("description")) for name, described in PROPERTIES}
    texts = json.loads((files("heed_common") / NAMES).read_text())
    assert texts
    assert [name for name, text in texts.items() if (name, text) not in used] == []


@pytest.mark.parametrize(
    ("schema", "texts"),
    [
        ("ThingIn", {"weight": "In kilograms.", "label": "For people.", "note": None}),
        ("ThingOut", {"weight": "In kilograms.", "label": "As it was printed.", "note": None}),
        ("ThingWithHistory", {"weight": "In kilograms.", "label": "As it was printed.", "note": None}),
    ],
)
def test_a_field_has_the_text_of_its_class_or_of_the_same_thing(schema, texts):
    document = {schema: {"properties": {name: {} for name in texts}}}
    describe_fields(document, [ThingIn, ThingOut, ThingWithHistory])
    described = document[schema]["properties"]
    assert {name: described[name].get("description") for name in texts} == texts
