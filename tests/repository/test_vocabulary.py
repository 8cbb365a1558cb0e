"""Code uses the field's words, and the check of it finds what it should."""

from pathlib import Path

import pytest

from tests.repository import vocabulary

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("services/x/heed_x/service.py")


def words(source: str, path: Path = FILE) -> list[str]:
    return [finding.word for finding in vocabulary.findings(path, source)]


def test_code_has_no_banned_words():
    assert [str(finding) for finding in vocabulary.all_findings(ROOT)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def keep_all(rows): ...", ["keep"]),
        ("def f(toldBefore): ...", ["told"]),
        ("class StandingOrder: ...", ["standing"]),
        ("row.said = 1", ["said"]),
        ("MOST_ROWS = 3", ["most"]),
        ('"""What is told of a customer."""', ["told"]),
        ('LIMIT = 3\n"""Whoever asks more."""', ["whoever"]),
        ("x = 1  # Nobody reads it.", ["nobody"]),
    ],
)
def test_banned_words_are_found_in_names_docstrings_and_comments(source, found):
    assert words(source) == found


@pytest.mark.parametrize(
    "source",
    [
        "most_recent = 1",
        '"""Keep the newest of each key."""',
        'TEXT = "You told us that it leaks."',
        "def understand(outstanding): ...",
        "server.keep_alive_seconds",
        '"""Return `told_before` of the event."""',
    ],
    ids=["superlative", "verb in prose", "text for customers", "part of a word", "name of HTTP", "quoted name"],
)
def test_ordinary_english_and_frozen_fields_pass(source):
    assert words(source) == []


def test_fields_of_the_contract_pass_in_the_files_that_declare_them_only():
    declares = Path("libs/common/heed_common/contracts/complaint.py")
    assert words("told_before: bool", declares) == []
    assert words("told_before: bool") == ["told"]


def test_texts_for_customers_are_not_checked():
    assert words("TOLD = 'You told us.'", Path("services/x/heed_x/intake/texts.py")) == []


TEST = Path("tests/x/test_x.py")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_who_asks_is_told(): ...", ["asks", "told"]),
        ("def kept(): ...", ["kept"]),
        ("said = {}", ["said"]),
        ('"""Whoever waits."""', ["whoever"]),
        ("x = 1  # It stands still.", ["stands"]),
    ],
)
def test_banned_words_are_found_in_tests(source, found):
    assert words(source, TEST) == found


def test_promises_are_kept_in_the_tests_about_them_only():
    assert words("def test_a_promise_is_kept(): ...", Path("tests/complaint/sla/promises/test_promises.py")) == []
    assert words("def test_a_promise_is_kept(): ...", TEST) == ["kept"]


def test_texts_of_tests_are_not_checked():
    assert words('body = {"description": "It was said."}', TEST) == []


def test_every_term_that_the_check_allows_is_in_the_glossary():
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    assert [term for term in vocabulary.TERMS if f"| {term}" not in glossary and f"`{term}" not in glossary] == []
