"""The interface documents: generated from the code, committed, and compared by `make check`."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heed.gateway import PLATFORM
from heed.interface_docs import asyncapi as event_documents
from heed.interface_docs import gateway_problems, golden
from heed.interface_docs import openapi as http_documents
from heed.interface_docs import profiles as profile_documents
from heed.interface_docs.call_page import calls_page
from heed.services import Service, all_services
from heed_common import problem_catalogue
from heed_common.contracts.registry import EVENTS
from heed_common.http import home_page
from heed_common.problem_catalogue import Catalogue

Document = dict[str, Any]
INTERFACES = Path("docs/interfaces")
GOLDEN = Path("tests/contracts/golden")
DIFFERENCE_LINES = 20


@dataclass(frozen=True, slots=True)
class Documents:
    """All generated documents."""

    openapi: Document
    by_service: Mapping[str, Document]
    asyncapi: Document
    schemas: Mapping[str, Document]


async def collect() -> Documents:
    """From the code as it is, without running it."""
    services = all_services()
    by_service = {service.name: await http_documents.of_service(service) for service in services}
    return describe(services, by_service | {PLATFORM: await http_documents.of_platform(services[0])})


def describe(services: Sequence[Service], by_service: Mapping[str, Document]) -> Documents:
    """All documents, given what each service offers over HTTP."""
    readers = {service.name: service.handled_events() for service in services}
    schemas = event_documents.schemas() | profile_documents.schemas()
    return Documents(http_documents.merged(by_service), by_service, event_documents.asyncapi(readers), schemas)


def write(documents: Documents, root: Path) -> None:
    """Writes what changed; golden events that are there stay as they are for ever."""
    for path, text in _files(documents).items():
        _write(root / path, text)
    for stale in _stale(documents, root):
        stale.unlink()
    for path, text in _golden_files().items():
        if not (root / path).exists():
            _write(root / path, text)


def differences(documents: Documents, root: Path) -> list[str]:
    """Return the committed documents that differ from the generated ones."""
    found = [f"{path.relative_to(root)} describes nothing any more" for path in _stale(documents, root)]
    found += [f"{path} is missing" for path in _golden_files() if not (root / path).exists()]
    for path, text in _files(documents).items():
        committed = (root / path).read_text() if (root / path).exists() else ""
        if committed != text:
            lines = difflib.unified_diff(committed.splitlines(), text.splitlines(), str(path), "the code", lineterm="")
            found.append("\n".join([*lines][:DIFFERENCE_LINES]))
    return found


def problem_meanings() -> Catalogue:
    """Return what each code means that a service, or the gateway before them, may answer."""
    problem_catalogue.load(("heed_common", "heed", *(service.package for service in all_services())))
    return dict(sorted({**gateway_problems.CATALOGUE, **problem_catalogue.catalogue()}.items()))


def _files(documents: Documents) -> dict[Path, str]:
    named = {"openapi": documents.openapi, "asyncapi": documents.asyncapi}
    named |= {f"openapi-{service}": document for service, document in documents.by_service.items()}
    named |= {f"schemas/{full_type}": schema for full_type, schema in documents.schemas.items()}
    pages = {"problems.html": problem_catalogue.render(problem_meanings()), "index.html": home_page.PAGE}
    pages |= {"calls.md": calls_page(documents.openapi)}
    texts = {
        f"{name}.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n" for name, document in named.items()
    }
    return {INTERFACES / name: text for name, text in (texts | pages).items()}


def _golden_files() -> dict[Path, str]:
    return {GOLDEN / f"{full_type}.json": golden.example(event) for full_type, event in EVENTS.items()}


def _stale(documents: Documents, root: Path) -> list[Path]:
    expected = {root / path for path in _files(documents)}
    return sorted(set((root / INTERFACES).rglob("*.json")) - expected)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
