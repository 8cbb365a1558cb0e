"""Tables and queries are private to their district: others call its service. Other services have import contracts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = {"tables", "repository"}
SHARED = {
    "heed_complaint.core": "the complaint itself, its history and the read model of customers",
    "heed_scoring.models.versions": "the model in force is locked by every batch",
    "heed_scoring.identities": "who a customer is now is part of every query of customers",
    "heed_scoring.scores": "insights are queries of scores",
}
"""Districts, or packages of one, whose tables and queries all others may use."""
READERS = {
    "heed_complaint.reporting": "reports join the tables of all districts and write nothing",
    "heed_complaint.workforce.capacity": "the forecast of waiting times is a report, too",
    "heed_complaint.recovery": "recovery after a restore rebuilds what events of all districts have said",
    "heed_scoring.recovery": "recovery after a restore",
}


def modules(service: str) -> Iterator[tuple[str, Path]]:
    root = ROOT / "services" / service.removeprefix("heed_") / service
    for path in sorted(root.rglob("*.py")):
        if "migrations" not in path.parts:
            yield ".".join(path.relative_to(root.parent).with_suffix("").parts), path


def private_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from (name for name in names if name.rsplit(".", 1)[-1] in PRIVATE and name.count(".") > 1)


def is_within(name: str, packages: object) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def district(name: str) -> str:
    return ".".join(name.split(".")[:2])


def crossings(service: str) -> set[tuple[str, str]]:
    """Return which packages import private modules of other districts, without the shared ones and the readers."""
    return {
        (importer.rsplit(".", 1)[0], private)
        for importer, path in modules(service)
        for private in private_imports(path)
        if private.startswith(f"{service}.")
        and district(private) != district(importer)
        and not is_within(private, SHARED)
        and not is_within(importer, READERS)
    }


@pytest.mark.parametrize("service", ["heed_complaint", "heed_scoring"])
def test_tables_and_queries_are_private_to_their_district(service):
    assert len(list(modules(service))) > 100
    assert crossings(service) == set()
