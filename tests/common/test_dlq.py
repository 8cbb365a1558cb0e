"""The operator's commands about dead letters, in databases that the environment names."""

import asyncio
from uuid import UUID

import pytest

from heed_common import breaker, dead_letters, dlq
from heed_common.broker.protocols import Record
from heed_common.database import Database
from heed_common.dead_letters import DeadLetter
from tests.databases import PLATFORM
from tests.scoring.factories import NOON

EVENT = UUID(int=7)


@pytest.fixture
def survey(databases, monkeypatch):
    """The database of the survey service holds three dead letters; the others are not known here."""
    name = asyncio.run(databases.clone(PLATFORM))
    monkeypatch.setenv("HEED_SURVEY_DATABASE_URL", databases.url(name))
    asyncio.run(do(databases.url(name), fill))
    yield databases.url(name)
    asyncio.run(databases.drop(name))


async def do(url, work):
    database = Database(url, pool_size=2)
    try:
        async with database.transaction() as session:
            return await work(session)
    finally:
        await database.close()


async def fill(session):
    errors = ("KeyError", "broken envelope", "KeyError")
    letters = [
        DeadLetter(Record("heed.customer", 0, offset, b"key", b"\x1b[31mred\x00"), error, EVENT)
        for offset, error in enumerate(errors)
    ]
    await dead_letters.store(session, letters, group="heed-survey", now=NOON)


def output_lines(capsys, *arguments, status=0):
    assert dlq.main(arguments) == status
    return capsys.readouterr().out.splitlines()


def test_the_list_has_a_line_for_each_newest_first(survey, capsys):
    lines = output_lines(capsys, "list")
    assert [line.split(" · ")[1] for line in lines] == ["KeyError", "broken envelope", "KeyError"]
    assert "heed.customer/0/2" in lines[0]
    assert str(EVENT) in lines[0]
    assert len(output_lines(capsys, "list", "--service", "survey", "--error", "broken envelope")) == 1
    assert output_lines(capsys, "list", "--topic", "heed.survey") == ["There are no dead letters."]


def test_what_a_stranger_wrote_is_shown_so_that_it_harms_no_terminal(survey, capsys):
    shown = "\n".join(output_lines(capsys, "show", "1", "--service", "survey"))
    assert r"b'\x1b[31mred\x00'" in shown
    assert "\x1b" not in shown


def test_a_retry_is_stored_for_the_worker(survey, capsys):
    assert output_lines(capsys, "retry", "1", "--service", "survey")[0].startswith("1 will be retried")
    assert output_lines(capsys, "retry", "--error", "KeyError", "--service", "survey")[0].startswith("2 will")
    assert output_lines(capsys, "retry", "--all", "--service", "survey")[0].startswith("3 will")
    assert all(line.endswith("retry requested") for line in output_lines(capsys, "list"))


def test_what_is_dropped_is_not_listed(survey, capsys):
    assert output_lines(capsys, "drop", "1", "2", "--service", "survey") == ["2 of survey dropped."]
    assert len(output_lines(capsys, "list")) == 1


def test_a_stopped_consumer_is_named_with_the_command_that_resumes_it(survey, capsys):
    asyncio.run(do(survey, lambda session: breaker.record(session, [True] * 20, group="heed-survey", now=NOON)))
    assert "heed dlq resume --service survey" in output_lines(capsys, "list")[0]
    assert output_lines(capsys, "resume", "--service", "survey") == ["heed-survey resumed."]
    assert output_lines(capsys, "resume", "--service", "survey") == ["No consumer of survey was stopped."]


def test_retry_and_drop_need_a_selection(survey, capsys):
    for command in ("retry", "drop"):
        with pytest.raises(SystemExit) as refused:
            dlq.main([command, "--service", "survey"])
        assert refused.value.code == 2
    assert len(output_lines(capsys, "list")) == 3


def test_one_that_is_not_there_and_a_service_that_is_not_known_are_refused(survey, capsys):
    output_lines(capsys, "show", "99", "--service", "survey", status=2)
    assert dlq.main(["list", "--service", "scoring"]) == 2
    assert "HEED_SCORING_DATABASE_URL" in capsys.readouterr().err


def test_an_unavailable_database_is_reported_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("HEED_SURVEY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert dlq.main(["list"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
