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
from heed_survey.responses.anonymous.content import Entry
from heed_survey.responses.anonymous.tables import ResponsePool
from heed_survey.responses.encoding import encode
from heed_survey.responses.events import response_events
from heed_survey.responses.rules import CheckedResponse
from heed_survey.responses.tables import Response
from heed_survey.surveys import service as surveys
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import SurveyState

JOB_NAME = "anonymous_responses"
BATCH_SIZE = 20
POOLED_COLUMNS = ("survey_version", "state", "mode", "wave", "flags", "answers")


async def add_to_pool(
    session: AsyncSession, *, survey_id: UUID, responses: Sequence[CheckedResponse], flags: Sequence[Sequence[str]]
) -> None:
    """Add responses to the survey's pool, with the flags of each."""
    pool = await repository.lock_pool(session, survey_id)
    new = [_to_entry(response, found) for response, found in zip(responses, flags, strict=True)]
    _store(session, pool, [*_load(session, pool), *new])


async def release_pools(
    session: AsyncSession, *, days: BusinessDays, now: datetime, isolate: Isolation = all_at_once
) -> int:
    """Release the groups that are complete. Return how many surveys had one."""
    ready: list[ResponsePool] = []
    after: UUID | None = None
    while pools := await repository.lock_pools(
        session, job=JOB_NAME, at_least=rules.MIN_RELEASED, after=after, limit=BATCH_SIZE, now=now
    ):
        ready += [pool for pool in pools if await _release_count(session, pool)]
        after = pools[-1].survey_id

    async def release(pools: Sequence[ResponsePool]) -> None:
        for pool in pools:
            await _release(session, pool, await _release_count(session, pool), days=days, now=now)

    await isolate(session, JOB_NAME, ready, release, key=attrgetter("survey_id"), now=now)
    return len(ready)


async def pool_size(session: AsyncSession, *, survey_id: UUID) -> int:
    """Return how many responses of the survey are not released yet."""
    return await repository.pool_size(session, survey_id)


async def _release_count(session: AsyncSession, pool: ResponsePool) -> int:
    survey = await surveys.get_survey(session, survey_id=pool.survey_id)
    return rules.release_count(
        pool.size,
        released=pool.released,
        group=rules.group_size(survey.min_group),
        is_closed=survey.state == SurveyState.CLOSED,
    )


async def _release(session: AsyncSession, pool: ResponsePool, count: int, *, days: BusinessDays, now: datetime) -> None:
    """Make random responses of the pool visible, all in one moment: that of the day's beginning."""
    entries = rules.shuffled(_load(session, pool))
    _store(session, pool, entries[count:])
    pool.released += count
    today = days.start_of(days.day_of(now))
    responses, events = [], []
    for entry in entries[:count]:
        questionnaire = await surveys.get_questionnaire(
            session, survey_id=pool.survey_id, survey_version=entry["survey_version"]
        )
        response = _to_response(pool.survey_id, entry, questionnaire, at=today)
        responses.append(response)
        events += response_events(response, questionnaire)
    await repository.insert_responses(session, responses)
    await outbox.stage_all(session, events, now=now)


def _load(session: AsyncSession, pool: ResponsePool) -> list[Entry]:
    """Return the entries of the pool, of which a new one has none."""
    if not pool.responses:
        return []
    return content.decrypt(pool.responses, survey_id=pool.survey_id, cipher=get_cipher(session))


def _store(session: AsyncSession, pool: ResponsePool, entries: Sequence[Entry]) -> None:
    pool.responses = content.encrypt(entries, survey_id=pool.survey_id, cipher=get_cipher(session))
    pool.size = len(entries)


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


def _to_response(survey_id: UUID, entry: Mapping[str, Any], questionnaire: Questionnaire, *, at: datetime) -> Response:
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
