"""The OpenAPI document has for every operation what generated clients need; new routes cannot forget it."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from heed.services import Service, all_services
from heed_common.resources import Resources

Document = dict[str, Any]

DOCUMENT: Document = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "interfaces" / "openapi.json").read_text()
)
OPERATIONS = [
    (method, path, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]
PROBLEM = {"$ref": "#/components/schemas/Problem"}
WITHOUT_CONTENT = {"201", "204", "303", "304"}
"""Successes that may have no body; a 201 without one responds to a form."""
OF_WRITES = {"400", "408", "409", "413"}
ROUTE_ERRORS = {"422", "431", "503"}


def resolve(node: Document) -> Document:
    if "$ref" not in node:
        return node
    kind, name = node["$ref"].removeprefix("#/components/").split("/")
    return DOCUMENT["components"][kind][name]


def test_every_schema_has_a_title_of_its_own():
    titles = Counter(schema["title"] for schema in DOCUMENT["components"]["schemas"].values())
    assert titles
    assert [title for title, times in titles.items() if times > 1] == []
    assert [name for name in DOCUMENT["components"]["schemas"] if not name.isidentifier() or "__" in name] == []


def test_every_tag_is_described_and_used():
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"].endswith(".")}
    used = {tag for _, _, operation in OPERATIONS for tag in operation.get("tags", ())}
    assert used == described
    assert len(DOCUMENT["tags"]) == len(described)


def test_the_document_names_its_authors_licence_and_server():
    assert DOCUMENT["info"]["license"]["identifier"] == "Apache-2.0"
    assert DOCUMENT["info"]["contact"]["name"]
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]


def test_every_operation_declares_what_it_responds():
    assert OPERATIONS
    for method, path, operation in OPERATIONS:
        name, responses = operation["operationId"], operation["responses"]
        assert operation["summary"], name
        assert operation["description"], name
        assert len(operation["tags"]) == 1, name
        assert expected_problems(method, path, operation) <= responses.keys(), name
        assert ("idempotency-key" in parameters_of(operation)) is (method == "post"), name
        for status, response in responses.items():
            content = resolve(response).get("content", {})
            if status[0] in "23":
                assert content or status in WITHOUT_CONTENT, (name, status)
            else:
                assert content["application/problem+json"]["schema"] == PROBLEM, (name, status)


def parameters_of(operation: Document) -> set[str]:
    return {resolve(parameter)["name"].lower() for parameter in operation.get("parameters", ())}


def expected_problems(method: str, path: str, operation: Document) -> set[str]:
    """Return the problems that follow from the form of the operation."""
    return (
        ROUTE_ERRORS
        | ({"415"} if "requestBody" in operation else set())
        | (OF_WRITES if method != "get" else set())
        | ({"401", "403"} if operation["security"] else set())
        | ({"404"} if "{" in path else set())
        | ({"400", "412"} if "if-match" in parameters_of(operation) else set())
    )


def test_every_response_declares_the_headers_on_which_programs_rely():
    assert OPERATIONS
    for method, _, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            headers = resolve(response).get("headers", {})
            if status[0] == "2" and method != "get":
                assert "Heed-Event" in headers, (operation["operationId"], status)
            if status in ("429", "503"):
                assert "Retry-After" in headers, (operation["operationId"], status)


def test_every_body_has_an_example_that_fits_its_schema():
    bodies = [(operation, operation["requestBody"]) for _, _, operation in OPERATIONS if "requestBody" in operation]
    assert bodies
    for operation, body in bodies:
        contents = [content for content in body["content"].values() if "example" in content]
        assert contents, operation["operationId"]
        for content in contents:
            if content["schema"].get("format") != "binary":
                schema = {**content["schema"], "components": DOCUMENT["components"]}
                jsonschema.Draft202012Validator(schema).validate(content["example"])


def routes_with_bodies(service: Service) -> Iterator[tuple[str, Any]]:
    settings = service.settings.for_documents()
    resources = Resources.open(settings)
    for context in iter_route_contexts(service.create_app(settings, resources).routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.body_field is not None:
            yield route.name, route.body_field
    asyncio.run(resources.close())


@pytest.mark.parametrize("service", all_services(), ids=lambda service: service.name)
def test_every_example_passes_the_validation_of_its_endpoint(service):
    folder = Path(service.create_app.__globals__["__file__"]).parent
    examples = json.loads((folder / "interface.json").read_text())["examples"]
    fields = dict(routes_with_bodies(service))
    assert fields.keys() <= examples.keys()
    for name, field in fields.items():
        _, errors = field.validate(examples[name], {}, loc=("body",))
        assert not errors, name
