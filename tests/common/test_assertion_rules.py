"""Every test of ours asserts something, and something that an empty result does not pass."""

from pathlib import Path
from textwrap import indent

import pytest

from tests.common import assertion_rules as rules
from tests.common.assertion_rules import Suite
from tests.common.repository_rules import File

ROOT = Path(__file__).resolve().parents[2]
HELPERS = """
def check(found):
    assert found

def get(found):
    assert found.status == 200
    return found

class Client:
    def check(self, found):
        assert found

    def get(self):
        assert self
"""
SILENT = [
    "open_complaint(now=1)",
    "get(complaint)",
    "client.get()",
    "for item in found: item.open()",
]
PASSING_EMPTY = [
    "for item in found: assert item",
    "for item in get(found)['items']:\n    assert item.late",
    "async for item in found: assert item",
    "for item in found:\n    with pytest.raises(ValueError): item.open()",
    "for item in found: check(item)",
    "for n in (1, 2):\n    for item in of(n): assert item",
    "assert all(item.late for item in found)",
    "assert not any(item.late for item in found)",
    "assert not [item for item in found if item.late]",
    "assert [item for item in found if item.late] == []",
    "for n in range(0): assert n",
]
BY_CHANCE = [
    'assert "138" not in answer.text',
    'assert (answer.status, "4e1" in answer.text) == (403, False)',
    'assert not any(part in event.model_dump_json() for part in ("Wang", "138"))',
]
SOUND = [
    "assert found",
    "check(found)",
    "client.check(found)",
    "with pytest.raises(ValueError): open()",
    "assert found\nfor item in found: assert item.late",
    "assert len(found) == 3\nfor item in found: assert item.late",
    "for n in range(3): assert n < 3",
    "for name in ('a', 'b'): assert of(name)",
    "for name in NAMES: assert of(name)",
    "for name, one in CASES.items(): assert of(name) == one",
    "both = [of(n) for n in (1, 2)]\nfor one in both: assert one",
    "for one, other in zip((1, 2), found, strict=True): assert one == other",
    "assert [item for item in found] == []",
]


def suite_of(body: str, head: str = "def test_it(found):") -> tuple[File, Suite]:
    file = File(Path("tests/test_x.py"), f"{HELPERS}\nasync {head}\n{indent(body, '    ')}\n")
    return file, Suite((file,))


@pytest.mark.parametrize(
    "rule",
    [
        rules.tests_that_assert_nothing,
        rules.tests_that_pass_when_nothing_is_found,
        rules.texts_found_by_chance,
    ],
)
def test_every_test_follows_the_rule(rule):
    paths = sorted((ROOT / "tests").rglob("*.py"))
    suite = Suite(tuple(File(path.relative_to(ROOT), path.read_text()) for path in paths))
    assert len(suite.files) > 200
    assert [f"{file.path}: {violation}" for file in suite.files for violation in rule(file, suite)] == []


@pytest.mark.parametrize("body", SILENT)
def test_a_test_that_asserts_nothing_is_found(body):
    assert list(rules.tests_that_assert_nothing(*suite_of(body)))


@pytest.mark.parametrize("body", PASSING_EMPTY)
def test_a_test_that_passes_when_nothing_is_found_is_found(body):
    assert list(rules.tests_that_pass_when_nothing_is_found(*suite_of(body)))


@pytest.mark.parametrize("body", SOUND)
def test_a_sound_test_is_accepted(body):
    file, suite = suite_of(body)
    assert not list(rules.tests_that_assert_nothing(file, suite))
    assert not list(rules.tests_that_pass_when_nothing_is_found(file, suite))


@pytest.mark.parametrize("body", BY_CHANCE)
def test_a_few_digits_sought_in_a_text_with_ids_are_found(body):
    assert list(rules.texts_found_by_chance(*suite_of(body)))
    assert not list(rules.texts_found_by_chance(*suite_of(body.replace("138", "138*").replace("4e1", "4e1-"))))


def test_what_is_handed_in_by_parametrize_is_there_and_what_a_fixture_gives_may_be_empty():
    body = "for one in found: assert one"
    handed = suite_of(body, "def test_it(found):")[0].source
    file = File(
        Path("tests/test_x.py"), handed.replace("async def test_it", "@mark.parametrize('found', [[1]])\ndef test_it")
    )
    assert not list(rules.tests_that_pass_when_nothing_is_found(file, Suite((file,))))
    assert list(rules.tests_that_pass_when_nothing_is_found(*suite_of(body)))
