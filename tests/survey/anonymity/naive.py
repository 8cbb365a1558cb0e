"""How surveys are often made "anonymous": the response has no name, and everything else is as always."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_survey.responses import repository
from heed_survey.responses import service as responses
from heed_survey.responses.events import response_events
from heed_survey.responses.rules import NewResponse
from heed_survey.surveys import service as surveys
from tests.survey.anonymity.study import Person, Study


async def record(session: AsyncSession, study: Study, person: Person, *, now: datetime) -> None:
    """Insert the response as it comes, with an id that contains the time, and publish it at once."""
    survey = await surveys.get_survey(session, survey_id=UUID(study.id))
    new = NewResponse(person.answers)
    checked = await responses.check_response(session, survey, new, earliest=DEFAULT_EARLIEST, now=now)
    row = responses.new_row(survey.id, checked, flags=[], now=now) | {"id": new_id()}
    response = await repository.insert_response(session, row)
    assert response is not None
    await outbox.stage_all(session, response_events(response, checked.questionnaire), now=now)


async def create_pool(database: Database, hashes: list[bytes]) -> None:
    """Create a table of tokens made in advance, in no order."""
    async with database.transaction() as session:
        columns = "token_hash bytea PRIMARY KEY, drawn bool DEFAULT false, used bool DEFAULT false"
        await session.execute(text(f"CREATE TABLE naive_pool ({columns})"))
        insert = text("INSERT INTO naive_pool (token_hash) VALUES (:hash)")
        await session.execute(insert, [{"hash": token_hash} for token_hash in sorted(hashes)])


async def mark(session: AsyncSession, token_hash: bytes, column: str) -> None:
    """Mark the token of the pool as drawn or used."""
    update = f"UPDATE naive_pool SET {column} = true WHERE token_hash = :hash"  # noqa: S608 - one of two names
    await session.execute(text(update), {"hash": token_hash})


async def store_file(database: Database, content: str) -> None:
    """Store a file of responses as it was sent, until it is processed."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE naive_file (lines text)"))
        await session.execute(text("INSERT INTO naive_file VALUES (:lines)"), {"lines": content})
