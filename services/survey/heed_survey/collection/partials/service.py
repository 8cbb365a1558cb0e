"""Use cases of partial answers: store a page, go on, delete when the form is sent."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.collection.partials import repository
from heed_survey.collection.partials.rules import Progress
from heed_survey.collection.partials.tables import PartialResponse

COLUMNS = tuple(Progress.__dataclass_fields__)


async def find_progress(session: AsyncSession, *, key_hash: bytes) -> Progress | None:
    """Return what is stored of the form; None for one that was not begun."""
    row = await repository.find_partial(session, key_hash)
    return None if row is None else _to_progress(row)


async def save_progress(session: AsyncSession, *, key_hash: bytes, progress: Progress) -> None:
    """Store the answers in place of the earlier ones."""
    await repository.upsert_partial(session, {"key_hash": key_hash} | asdict(progress))


async def delete_progress(session: AsyncSession, *, key_hash: bytes) -> None:
    """Delete the partial answers, in the transaction of the response that contains them."""
    await repository.delete_partials(session, [key_hash])


async def list_progress(session: AsyncSession, *, survey_id: UUID, survey_version: int) -> list[Progress]:
    """Return what is stored of all forms of the version that were begun and not sent."""
    rows = await repository.list_partials(session, survey_id=survey_id, survey_version=survey_version)
    return [_to_progress(row) for row in rows]


async def pop_expired(session: AsyncSession, *, today: date, limit: int) -> list[Progress]:
    """Delete a page of expired partial answers and return what they were."""
    rows = await repository.lock_expired(session, today=today, limit=limit)
    expired = [_to_progress(row) for row in rows]
    await repository.delete_partials(session, [row.key_hash for row in rows])
    return expired


async def mark_sent(session: AsyncSession, *, key_hash: bytes, expires_on: date) -> bool:
    """Mark a form of an open link as sent. Return False for all but the first caller."""
    return await repository.insert_sent(session, key_hash=key_hash, expires_on=expires_on)


async def is_sent(session: AsyncSession, *, key_hash: bytes) -> bool:
    """Return whether the form of an open link was sent."""
    return await repository.is_sent(session, key_hash)


async def purge_sent(session: AsyncSession, *, today: date, limit: int) -> int:
    """Delete a page of expired marks; return their number."""
    return await repository.delete_expired_sent(session, today=today, limit=limit)


def _to_progress(row: PartialResponse) -> Progress:
    return Progress(**{name: getattr(row, name) for name in COLUMNS})
