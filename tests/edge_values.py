"""Values at the edges of what a field can hold, put into each field of a request; and everything read afterwards."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

INTERFACES = Path(__file__).parents[1] / "docs" / "interfaces"
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
MOMENTS = (
    "0001-01-01T00:00:00Z", "0001-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z", "2200-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-14:00",
)  # fmt: skip
MOMENTS_OF_EVENTS = tuple(re.sub(r"(:59|:60)(\.9*)?(Z|-14:00)$", ":59Z", moment) for moment in MOMENTS)
"""As services write them: in UTC, and without leap seconds."""
DAYS = ("0001-01-01", "0001-12-31", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31")
DECIMALS = ("0", "0.0001", "0.01", "999999999.9999")
TEXTS = ("0001-01-01", "\u202e\u0301𝄞")
NUMBERS = (-1, 2**63)


def edges_of(value: object) -> tuple[object, ...]:
    """Return values at the edges of the kind that the value is of."""
    if isinstance(value, bool) or value is None:
        return (True, False)
    if isinstance(value, int | float):
        return NUMBERS
    if not isinstance(value, str):
        return ()
    kinds = ((MOMENT, MOMENTS), (DAY, DAYS), (DECIMAL, DECIMALS))
    return next((edges for pattern, edges in kinds if pattern.fullmatch(value)), TEXTS)


def variants(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the body with each edge value in each field."""
    for path, value in leaves(body):
        for edge in edges_of(value):
            changed = deepcopy(dict(body))
            place: Any = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = edge
            yield changed


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], object]]:
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, step))
    else:
        yield path, value


async def store_edges(client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any]) -> list[Any]:
    """Send each variant and return the stored ones. Each is either stored or refused, and none is an error of ours."""
    if method == "PUT":
        answer = await client.put(path, json=body)  # Makes it, so that the variants can change it.
        assert answer.status_code in {201, 428}, answer.text
    stored = []
    for number, variant in enumerate(variants(body)):
        fresh = {"external_id": f"edge-{number}"} if variant.get("external_id") == body.get("external_id", 0) else {}
        answer = await client.request(method, path, json=variant | fresh, headers={"If-Match": "*"})
        assert answer.status_code < 500, (method, path, variant, answer.text)
        if answer.is_success:
            stored.append(answer.json())
    return stored


async def read_everything(
    app: FastAPI, client: httpx.AsyncClient, ids: Mapping[str, list[str]], *, below: tuple[str, ...] = ("/",)
) -> int:
    """Read every list and detail of the service below these paths. Return how many reads there were."""
    reads = 0
    for template, methods in documented(app).items():
        if "get" not in methods or template.endswith(".{kind}") or not template.startswith(below):
            continue
        names = re.findall(r"\{([^}]+)\}", template)
        for chosen in product(*(ids.get(name, []) for name in names)):
            path = template
            for name, id_ in zip(names, chosen, strict=True):
                path = path.replace(f"{{{name}}}", id_)
            answer = await client.get(path)
            assert answer.status_code < 500, (path, answer.text)
            reads += 1
    return reads


def documented(app: FastAPI) -> dict[str, dict[str, Any]]:
    """Return the committed description of the service, because generating it takes seconds."""
    document = json.loads((INTERFACES / f"openapi-{app.state.resources.metrics.service}.json").read_text())
    paths: dict[str, dict[str, Any]] = document["paths"]
    return paths


def rows_not_shown(app: FastAPI) -> list[str]:
    """Return the routes of the lists that left out a row."""
    (family,) = app.state.resources.metrics.rows_not_shown.collect()
    return [sample.labels["route"] for sample in family.samples if sample.name.endswith("_total")]
