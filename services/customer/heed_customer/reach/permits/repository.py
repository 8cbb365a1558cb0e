"""SQL of permits and the contact log."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.tables import ERASED
from heed_customer.reach.permits.rules import COUNTED_STATES
from heed_customer.reach.permits.tables import LoggedContact

FROM_EVENTS = (
    *("state", "reason", "channel", "contact_id", "template", "about_type", "about_id", "service"),
    *("changed_at", "version"),
)
"""Columns that the events of a message decide, once there is one."""


async def is_erased(session: AsyncSession, customer_ids: Collection[UUID]) -> bool:
    return bool(await session.scalar(select(exists().where(ERASED.c.customer_id.in_(customer_ids)))))


async def find_by_message(session: AsyncSession, message_id: UUID) -> LoggedContact | None:
    return (
        await session.scalars(select(LoggedContact).where(LoggedContact.message_id == message_id).with_for_update())
    ).one_or_none()


async def counted_contacts(
    session: AsyncSession, customer_ids: Collection[UUID], *, budget: str, since: datetime, except_id: UUID | None
) -> Sequence[datetime]:
    """Return when the customers were contacted on this budget after the moment."""
    row = LoggedContact
    statement = select(row.requested_at).where(
        row.customer_id.in_(customer_ids),
        row.budget == budget,
        row.requested_at > since,
        row.state.in_(COUNTED_STATES),
        row.id.is_distinct_from(except_id),
    )
    return (await session.scalars(statement)).all()


async def has_material(
    session: AsyncSession, customer_ids: Collection[UUID], *, dedupe_key: str, except_id: UUID | None
) -> bool:
    """Return whether one of the customers was sent this material, or soon will be."""
    row = LoggedContact
    found = exists().where(
        row.customer_id.in_(customer_ids),
        row.dedupe_key == dedupe_key,
        row.state.in_(COUNTED_STATES),
        row.id.is_distinct_from(except_id),
    )
    return bool(await session.scalar(select(found)))


async def add(session: AsyncSession, row: LoggedContact) -> None:
    session.add(row)
    await session.flush()


async def list_log(
    session: AsyncSession,
    *,
    customer_ids: Collection[UUID] | None,
    filters: Mapping[str, str],
    before: UUID | None,
    limit: int,
) -> Sequence[LoggedContact]:
    """Return a page of the log, the latest entry first."""
    statement = select(LoggedContact)
    if customer_ids is not None:
        statement = statement.where(LoggedContact.customer_id.in_(customer_ids))
    for column, value in filters.items():
        statement = statement.where(getattr(LoggedContact, column) == value)
    if before is not None:
        statement = statement.where(LoggedContact.id < before)
    return (await session.scalars(statement.order_by(LoggedContact.id.desc()).limit(limit))).all()


async def link_to_messages(session: AsyncSession, message_of_permit: Mapping[UUID, UUID]) -> None:
    """Store the messages of permits that were requested without naming one."""
    for permit_id, message_id in sorted(message_of_permit.items()):
        row = LoggedContact
        statement = update(row).where(row.id == permit_id, row.message_id.is_(None))
        await session.execute(statement.values(message_id=message_id))


async def upsert_messages(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Upsert log entries from the events of messages; of each message the highest version stays."""
    statement = insert(LoggedContact)
    changed = {name: statement.excluded[name] for name in FROM_EVENTS}
    newer = LoggedContact.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["message_id"], set_=changed, where=newer)
    await session.execute(upsert, rows)
