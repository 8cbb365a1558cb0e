"""Every file follows the rules of the repository, and each rule finds a violation."""

from functools import cache
from pathlib import Path

import pytest

from tests.common import repository_rules as rules
from tests.common.repository_rules import File, Rule

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "libs/common/heed_common"
SERVICE = "services/x/heed_x"
SCORING = "services/scoring/heed_scoring"
VIOLATIONS: list[tuple[Rule, str, str]] = [
    (rules.only_database_py_commits, f"{SERVICE}/service.py", "async def f(s): await s.commit()"),
    (rules.only_database_py_commits, f"{LIBRARY}/inbox.py", "async def f(s): await s.session.commit()"),
    (rules.only_the_kafka_adapter_imports_aiokafka, f"{LIBRARY}/relay.py", "from aiokafka.errors import KafkaError"),
    (
        rules.only_the_http_api_imports_fastapi,
        f"{SERVICE}/service.py",
        "from fastapi import HTTPException",
    ),
    (rules.only_the_http_api_imports_fastapi, f"{SERVICE}/handlers.py", "import starlette.requests"),
    (rules.rules_are_pure, f"{SERVICE}/rules.py", "from sqlalchemy import select"),
    (rules.rules_are_pure, f"{SERVICE}/rules.py", "from heed_common import clock"),
    (rules.rules_are_pure, f"{SERVICE}/rules.py", "async def decide(): ..."),
    (rules.imports_are_absolute, "tests/x.py", "from . import y"),
    (rules.files_are_short, "tests/x.py", "\n" * 401),
    (rules.file_names_are_specific, f"{SERVICE}/helpers.py", ""),
    (rules.scoring_days_are_business_days, f"{SCORING}/daily_refresh.py", "today = clock.now().date()"),
    (rules.scoring_days_are_business_days, f"{SCORING}/daily_refresh.py", "end = datetime.combine(day, time(), UTC)"),
    (rules.modules_have_docstrings, f"{SERVICE}/service.py", "X = 1"),
]
ACCEPTED: list[tuple[Rule, str, str]] = [
    (rules.only_database_py_commits, f"{LIBRARY}/database.py", "async def f(s): await s.commit()"),
    (rules.only_database_py_commits, f"{LIBRARY}/consumer.py", "async def f(s): await s.subscriber.commit({})"),
    (rules.only_the_kafka_adapter_imports_aiokafka, f"{LIBRARY}/broker/kafka/bus.py", "import aiokafka"),
    (
        rules.only_the_http_api_imports_fastapi,
        f"{SERVICE}/complaints/api.py",
        "from fastapi import APIRouter",
    ),
    (rules.rules_are_pure, f"{SERVICE}/rules.py", "from datetime import datetime"),
    (rules.scoring_days_are_business_days, f"{SCORING}/daily_refresh.py", "today = days.day_of(clock.now())"),
    (rules.scoring_days_are_business_days, f"{SCORING}/risk.py", "risk = churn.combine(base, moves)"),
]


@cache
def _files() -> list[File]:
    """Read and parsed once for all rules."""
    paths = [path for top in rules.PYTHON for path in sorted((ROOT / top).rglob("*.py"))]
    return [File(path.relative_to(ROOT), path.read_text()) for path in paths]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_file_follows_the_rule(rule):
    files = _files()
    assert len(files) > 50
    assert [f"{file.path}: {violation}" for file in files for violation in rule(file)] == []


@pytest.mark.parametrize(("rule", "path", "source"), VIOLATIONS)
def test_a_violation_is_found(rule, path, source):
    assert list(rule(File(Path(path), source)))


@pytest.mark.parametrize(("rule", "path", "source"), ACCEPTED)
def test_a_file_that_follows_the_rule_is_accepted(rule, path, source):
    assert not list(rule(File(Path(path), source)))


def test_each_rule_has_an_example_of_a_violation():
    assert {rule for rule, _, _ in VIOLATIONS} == set(rules.RULES)
