"""Use cases of anonymous responses: add them to the pool, release them in groups.

Nothing that is stored before the release has a moment, an id or an order, and what is released together is equal in all
of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.business_days import BusinessDays
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_common.session_cipher import get_cipher
from heed_survey.responses.anonymous import content, repository, rules
from heed_survey.responses.anonymous.content import Pool
from heed_survey.responses.anonymous.tables import ResponsePool
from heed_survey.responses.answers import longest_answers
from heed_survey.responses.encoding import encode
from heed_survey.responses.events import response_events
from heed_survey.responses.quality.service import flag_anonymous
from heed_survey.responses.rules import CheckedResponse
from heed_survey.responses.tables import Response
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import SurveyState

JOB_NAME = "anonymous_responses"
BATCH_SIZE = 20
POOLED_COLUMNS = ("survey_version", "state", "mode", "wave", "flags", "answers")


async def add_to_pool(session: AsyncSession, *, survey_id: UUID, responses: Sequence[CheckedResponse]) -> None:
    """Add responses to the survey's pool."""
    row = await repository.lock_pool(session, survey_id)
    pool, flags = load(session, row), flag_anonymous(responses)
    new = [_to_entry(response, found) for response, found in zip(responses, flags, strict=True)]
    room = max(longest_answers(response.questionnaire) for response in responses)
    store(session, row, Pool([*pool.entries, *new], pool.begun, max(pool.room, room)))


async def release_pools(
    session: AsyncSession, *, days: BusinessDays, now: datetime, isolate: Isolation = all_at_once
) -> int:
    """Release the groups that are complete. Return how many surveys had one."""
    released: set[UUID] = set()
    after: UUID | None = None

    async def release(rows: Sequence[ResponsePool]) -> None:
        for row in rows:
            if await _release(session, row, days=days, now=now):
                released.add(row.survey_id)

    while rows := await repository.lock_pools(
        session, job=JOB_NAME, at_least=rules.MIN_RELEASED, after=after, limit=BATCH_SIZE, now=now
    ):
        after = rows[-1].survey_id
        await isolate(session, JOB_NAME, rows, release, key=attrgetter("survey_id"), now=now)
    return len(released)


async def pool_size(session: AsyncSession, *, survey_id: UUID) -> int:
    """Return how many responses of the survey are not released yet."""
    return await repository.pool_size(session, survey_id)


async def _release(session: AsyncSession, row: ResponsePool, *, days: BusinessDays, now: datetime) -> int:
    """Make random responses of the pool visible, all in one moment: that of the day's beginning. Return how many."""
    survey = await surveys.get_survey(session, survey_id=row.survey_id)
    pool, group = load(session, row), rules.group_size(survey.min_group)
    drawn = rules.draw(pool.entries, begun=pool.begun, group=group, is_closed=survey.state == SurveyState.CLOSED)
    if not drawn.released:
        return 0
    store(session, row, Pool(drawn.rest, drawn.begun, pool.room))
    today = days.start_of(days.day_of(now))
    responses, events = [], []
    for entry in drawn.released:
        questionnaire = await surveys.get_questionnaire(
            session, survey_id=row.survey_id, survey_version=entry["survey_version"]
        )
        response = to_response(row.survey_id, entry, questionnaire, at=today)
        responses.append(response)
        events += response_events(response, questionnaire)
    await repository.insert_responses(session, responses)
    await outbox.stage_all(session, events, now=now)
    return len(responses)


def load(session: AsyncSession, row: ResponsePool) -> Pool:
    """Return the pool, which is empty in a new row."""
    if not row.responses:
        return Pool()
    return content.decrypt(row.responses, survey_id=row.survey_id, cipher=get_cipher(session))


def store(session: AsyncSession, row: ResponsePool, pool: Pool) -> None:
    """Encrypt the pool again, in a new order."""
    row.responses = content.encrypt(pool, survey_id=row.survey_id, cipher=get_cipher(session))
    row.size = len(pool.entries)


def _to_entry(response: CheckedResponse, flags: Sequence[str]) -> dict[str, Any]:
    new = response.new
    return {
        "survey_version": response.survey_version,
        "state": response.state,
        "mode": new.mode,
        "wave": new.wave,
        "flags": list(flags),
        "answers": dict(new.answers),
        "design": asdict(new.design),
    }


def to_response(survey_id: UUID, entry: Mapping[str, Any], questionnaire: Questionnaire, *, at: datetime) -> Response:
    """Return the row of a response that leaves the pool."""
    return Response(
        id=uuid4(),
        event_id=new_id(),
        survey_id=survey_id,
        encoded=encode(entry["answers"], questionnaire),
        answered_at=at,
        received_at=at,
        **{name: entry[name] for name in POOLED_COLUMNS},
        **entry["design"],
    )
