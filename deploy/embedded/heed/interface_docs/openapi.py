"""The OpenAPI documents of the four services, and the one of them all."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from heed.services import Service
from heed_common.resources import Resources

Document = dict[str, Any]
SCHEMA_REFERENCE = re.compile('"#/components/schemas/([^"]+)"')


async def of_service(service: Service) -> Document:
    """What one service offers."""
    settings = service.settings.for_documents()
    resources = Resources.open(settings)
    try:
        return service.create_app(settings, resources).openapi()
    finally:
        await resources.close()


def merged(documents: Mapping[str, Document]) -> Document:
    """All paths under one address; what has one name and is not the same gets its service's name before it."""
    clashes = _clashes(documents)
    parts = [_renamed(document, service, clashes) for service, document in documents.items()]
    paths = _paths(dict(zip(documents, parts, strict=True)))
    components: Document = {}
    for part in parts:
        for kind, members in part.get("components", {}).items():
            components.setdefault(kind, {}).update(members)
    return {
        "openapi": parts[0]["openapi"],
        "info": {"title": "Heed", "version": "1"},
        "paths": dict(sorted(paths.items())),
        "components": {kind: dict(sorted(members.items())) for kind, members in sorted(components.items())},
    }


def _clashes(documents: Mapping[str, Document]) -> set[str]:
    """Return the names that do not mean the same in all services, also by what their schemas refer to."""
    seen: dict[str, Document] = {}
    clashes, referring = set[str](), dict[str, set[str]]()
    for document in documents.values():
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            if seen.setdefault(name, schema) != schema:
                clashes.add(name)
            for referred in SCHEMA_REFERENCE.findall(json.dumps(schema)):
                referring.setdefault(referred, set()).add(name)
    ahead = list(clashes)
    while ahead:
        found = referring.get(ahead.pop(), set()) - clashes
        clashes |= found
        ahead += found
    return clashes


def _renamed(document: Document, service: str, names: set[str]) -> Document:
    text = json.dumps(document)
    for name in names:
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{service.title()}{name}"')
    renamed: Document = json.loads(text)
    schemas = renamed.get("components", {}).get("schemas", {})
    for name in names & schemas.keys():
        schemas[f"{service.title()}{name}"] = schemas.pop(name)
    return renamed


def _paths(parts: Mapping[str, Document]) -> Document:
    """Return every path once: those under `/v1/admin` are the same in all services."""
    owners: dict[str, str] = {}
    paths: Document = {}
    for service, part in parts.items():
        for path, item in part["paths"].items():
            owners.setdefault(path, service)
            if paths.setdefault(path, item) != item:
                raise ValueError(f"{path} differs between {owners[path]} and {service}")
    _name_operations([(owners[path], operation) for path, item in paths.items() for operation in item.values()])
    return paths


def _name_operations(operations: Sequence[tuple[str, Document]]) -> None:
    """Programs made from the document call operations by these names."""
    times = Counter(operation["operationId"] for _, operation in operations)
    for service, operation in operations:
        if times[operation["operationId"]] > 1:
            operation["operationId"] = f"{service}_{operation['operationId']}"
