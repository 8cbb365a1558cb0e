"""Links in the documentation lead somewhere, and paths that it names exist."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
CODE_PATH = re.compile(r"`((?:services|libs|deploy|tests|benchmarks|docs|requirements)/[\w./-]+)`")


@cache
def documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines()]


def test_there_are_documents_to_look_at():
    assert len(documents()) > 50


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_of_a_document_exist(document):
    text = document.read_text()
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    missing += [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()]
    assert missing == []


def test_no_file_has_an_unresolved_conflict_of_a_merge():
    markers = "^(<{7}|>{7}) "
    found = subprocess.run(["git", "grep", "-nE", markers], cwd=ROOT, text=True, capture_output=True, check=False)
    assert (found.returncode, found.stdout) == (1, "")
