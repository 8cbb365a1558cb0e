"""The OpenAPI documents of the four services, and the one of them all."""

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from heed.services import Service
from heed_common.platform.app import create_app as create_platform_app
from heed_common.resources import Resources

Document = dict[str, Any]
ADMIN_TAGS = ("admin",)
"""Behind the tags of all services."""
DESCRIPTION = """\
Four services behind one address: customers, complaints with their clocks, surveys and scores.

Every write returns the header `Heed-Event`; `GET /v1/scores/{customer_id}?after=` that event waits until scoring has
processed it. Every POST accepts an `Idempotency-Key`. Every list has `limit`, `cursor` and `next_cursor`, and `.csv`
and `.ndjson` behind its path stream all of it. Every error is a problem document of RFC 9457."""


async def of_service(service: Service) -> Document:
    """What one service offers."""
    settings = service.settings.for_documents()
    resources = Resources.open(settings)
    try:
        return service.create_app(settings, resources).openapi()
    finally:
        await resources.close()


async def of_platform(home: Service) -> Document:
    """What belongs to all services."""
    settings = home.settings.for_documents()
    resources = Resources.open(settings)
    try:
        return create_platform_app(settings, resources, {home.name: resources.database}).openapi()
    finally:
        await resources.close()


def merged(documents: Mapping[str, Document]) -> Document:
    """Return all paths under one address. Raises `ValueError` where one name means two things."""
    components: Document = {}
    for service, document in documents.items():
        for kind, members in document.get("components", {}).items():
            _unite(components.setdefault(kind, {}), members, service=service)
    tags: dict[str, Document] = {}
    for service, document in documents.items():
        _unite(tags, {tag["name"]: tag for tag in document.get("tags", ())}, service=service)
    first = next(iter(documents.values()))
    admin = [tags.pop(name) for name in ADMIN_TAGS if name in tags]
    return {
        **{name: first[name] for name in ("openapi", "servers") if name in first},
        "info": {**first.get("info", {}), "title": "Heed", "version": "1", "description": DESCRIPTION},
        "tags": [*tags.values(), *admin],
        "paths": dict(sorted(_paths(documents).items())),
        "components": {kind: dict(sorted(members.items())) for kind, members in sorted(components.items())},
    }


def _unite(united: Document, members: Document, *, service: str) -> None:
    for name, member in members.items():
        if united.setdefault(name, member) != member:
            raise ValueError(f"{name} of {service} has another meaning in a service before it; rename one of them")


def _paths(parts: Mapping[str, Document]) -> Document:
    """Return every path once: those under `/v1/admin` are the same in all services."""
    owners: dict[str, str] = {}
    paths: Document = {}
    for service, part in parts.items():
        for path, item in copy.deepcopy(part["paths"]).items():
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
