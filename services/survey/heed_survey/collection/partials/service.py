"""Use cases of partial answers: store a page, go on, delete when the form is sent or expired."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.partials import repository
from heed_survey.collection.partials.repository import ReachCounts
from heed_survey.collection.partials.rules import FormKey, Progress, Reach, seal, unseal

COLUMNS = ("survey_id", "survey_version", "expires_on")


async def find_progress(session: AsyncSession, *, key: FormKey) -> Progress | None:
    """Return what is stored of the form; None for one that was not begun."""
    row = await repository.find_partial(session, key.hash)
    if row is None:
        return None
    reach = Reach(tuple(row.shown), tuple(row.answered), row.left_at)
    sealed = unseal(row.sealed, key)
    return Progress(**{name: getattr(row, name) for name in COLUMNS}, reach=reach, sealed=sealed)


async def save_progress(session: AsyncSession, *, key: FormKey, progress: Progress, room: int) -> None:
    """Store the answers in place of the earlier ones, filled up to a multiple of `room` bytes."""
    row = {name: getattr(progress, name) for name in COLUMNS} | asdict(progress.reach)
    sealed = seal(progress.sealed, key, room=room)
    await repository.upsert_partial(session, row | {"key_hash": key.hash, "sealed": sealed})


async def delete_progress(session: AsyncSession, *, key: FormKey) -> None:
    """Delete the partial answers, in the transaction of the response that contains them."""
    await repository.delete_partial(session, key.hash)


async def count_reach(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> ReachCounts:
    """Return how far the forms of the version came that were begun and not sent."""
    return await repository.count_reach(session, survey_id=survey_id, survey_version=survey_version)


async def pop_expired(session: AsyncSession, *, today: date, limit: int) -> list[tuple[UUID, int, Reach]]:
    """Delete a page of expired partial answers; return survey, version and reach of each."""
    return await repository.delete_expired(session, today=today, limit=limit)


async def mark_sent(session: AsyncSession, *, key: FormKey, expires_on: date) -> bool:
    """Mark a form of an open link as sent. Return False for all but the first caller."""
    return await repository.insert_sent(session, key_hash=key.hash, expires_on=expires_on)


async def is_sent(session: AsyncSession, *, key: FormKey) -> bool:
    """Return whether the form of an open link was sent."""
    return await repository.is_sent(session, key.hash)


async def purge_sent(session: AsyncSession, *, today: date, limit: int) -> int:
    """Delete a page of expired marks; return their number."""
    return await repository.delete_expired_sent(session, today=today, limit=limit)
