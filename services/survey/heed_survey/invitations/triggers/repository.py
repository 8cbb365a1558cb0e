"""SQL of triggers and their occasions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.failed_work import repository as failed_work
from heed_survey.invitations.triggers.rules import WAITING, TriggerEvent
from heed_survey.invitations.triggers.tables import SurveyTrigger, TriggerOccasion

JOB_NAME = "survey-triggers"


async def insert_trigger(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Insert the trigger. Return False if the survey has one of this name."""
    statement = insert(SurveyTrigger).values(**values).on_conflict_do_nothing(index_elements=["survey_id", "name"])
    return await session.scalar(statement.returning(SurveyTrigger.id)) is not None


async def lock_trigger(session: AsyncSession, *, survey_id: UUID, name: str) -> SurveyTrigger | None:
    query = select(SurveyTrigger).where(SurveyTrigger.survey_id == survey_id, SurveyTrigger.name == name)
    return (await session.scalars(query.with_for_update())).one_or_none()


async def find_trigger(session: AsyncSession, *, survey_id: UUID, name: str) -> SurveyTrigger | None:
    query = select(SurveyTrigger).where(SurveyTrigger.survey_id == survey_id, SurveyTrigger.name == name)
    return (await session.scalars(query)).one_or_none()


async def list_triggers(session: AsyncSession, *, survey_id: UUID, after: str, limit: int) -> Sequence[SurveyTrigger]:
    """Return a page, by name."""
    query = select(SurveyTrigger).where(SurveyTrigger.survey_id == survey_id, SurveyTrigger.name > after)
    return (await session.scalars(query.order_by(SurveyTrigger.name).limit(limit))).all()


async def active_triggers(session: AsyncSession, events: Collection[TriggerEvent]) -> Sequence[SurveyTrigger]:
    query = select(SurveyTrigger).where(SurveyTrigger.event.in_(events), SurveyTrigger.active)
    return (await session.scalars(query.order_by(SurveyTrigger.id))).all()


async def triggers_by_id(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, SurveyTrigger]:
    rows = await session.scalars(select(SurveyTrigger).where(SurveyTrigger.id.in_(ids)))
    return {row.id: row for row in rows}


async def insert_occasions(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the occasions; one that exists, because its event was delivered again, stays as it is."""
    if rows:
        ordered = sorted(rows, key=lambda row: (row["trigger_id"], row["event_id"], row["step"]))
        await session.execute(insert(TriggerOccasion).on_conflict_do_nothing(), [dict(row) for row in ordered])


async def next_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Return the moment of the next occasion that has not ended."""
    set_aside = failed_work.is_set_aside(JOB_NAME, TriggerOccasion.id, now=now)
    attempt = func.coalesce(TriggerOccasion.postponed_until, TriggerOccasion.due_at)
    waiting = select(func.min(attempt)).where(TriggerOccasion.ended_at.is_(None), ~set_aside)
    return await session.scalar(waiting)


async def lock_due(session: AsyncSession, *, limit: int, now: datetime) -> Sequence[TriggerOccasion]:
    """Lock the occasions that are due, except those that another transaction has locked."""
    query = (
        select(TriggerOccasion)
        .where(TriggerOccasion.ended_at.is_(None), TriggerOccasion.due_at <= now)
        .where(func.coalesce(TriggerOccasion.postponed_until, now) <= now)
        .where(~failed_work.is_set_aside(JOB_NAME, TriggerOccasion.id, now=now))
        .order_by(TriggerOccasion.due_at, TriggerOccasion.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted((await session.scalars(query)).all(), key=lambda occasion: occasion.id)


async def count_outcomes(session: AsyncSession, trigger_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many occasions of each trigger had each outcome; `waiting` are those that have not ended."""
    outcome = func.coalesce(TriggerOccasion.outcome, WAITING)
    query = select(TriggerOccasion.trigger_id, outcome, func.count()).where(TriggerOccasion.trigger_id.in_(trigger_ids))
    counts: dict[UUID, dict[str, int]] = {}
    for trigger_id, name, count in await session.execute(query.group_by(TriggerOccasion.trigger_id, outcome)):
        counts.setdefault(trigger_id, {})[name] = count
    return counts
