"""The check of dependencies finds what it should, and tolerates a missing network only."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
assert SPEC is not None
assert SPEC.loader is not None
audit = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(audit)


def report(**entry: object) -> str:
    return json.dumps({"dependencies": [{"name": "idna", "version": "3.10", "vulns": []} | entry]})


def test_all_packages_of_the_product_have_an_allowed_licence():
    packages = audit.locked_packages((ROOT / "requirements" / "runtime.lock").read_text())
    assert {"fastapi", "sqlalchemy", "aiokafka"} <= set(packages)
    assert audit.check_licences(packages)


def test_a_licence_that_is_not_allowed_is_found():
    assert not audit.check_licences(["idna"], allowed=["Apache"])


@pytest.mark.parametrize(
    ("output", "error", "passes"),
    [
        (report(), "", True),
        (report(skip_reason="not found"), "", True),
        (report(vulns=[{"id": "PYSEC-2026-1"}]), "", False),
        ("", "requests.exceptions.ConnectionError: Name or service not known", True),
        ("", "TypeError: a fault of pip-audit", False),
        ("", "", False),
    ],
    ids=["nothing found", "unknown package", "vulnerability", "no network", "other failure", "no output"],
)
def test_a_finding_fails_and_a_missing_network_does_not(output, error, passes):
    assert audit.judge(output, error) is passes
