"""Tests mirror the product: a folder of tests is called as the package it is about."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("customer", "complaint", "survey", "scoring")
ACROSS = {"survey/anonymity"}
"""Folders of tests of a whole service: attacks that pair what its packages store."""


def folders_of_tests(service: str) -> set[str]:
    root = ROOT / "tests" / service
    folders = {path.parent.relative_to(root) for path in root.rglob("test_*.py")} - {Path()}
    return {folder.as_posix() for folder in folders}


@pytest.mark.parametrize("service", SERVICES)
def test_every_folder_of_tests_has_the_name_of_a_package(service):
    product = ROOT / "services" / service / f"heed_{service}"
    folders = folders_of_tests(service)
    assert folders
    missing = {folder for folder in folders if not (product / folder / "__init__.py").exists()}
    assert {folder for folder in missing if f"{service}/{folder}" not in ACROSS} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_package_of_tests_can_be_imported(service):
    root = ROOT / "tests" / service
    assert folders_of_tests(service)
    assert [folder for folder in folders_of_tests(service) if not (root / folder / "__init__.py").exists()] == []
