"""SQL of permits and the contact log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, case, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from heed_customer.reach.permits.rules import COUNTED_STATES, ContactLogState
from heed_customer.reach.permits.tables import LoggedContact

FROM_EVENTS = (
    *("state", "reason", "channel", "contact_id", "template", "about_type", "about_id", "service"),
    *("changed_at", "version"),
)
"""Columns that the events of a message decide, once there is one."""
DECIDED = ("state", "reason", "channel", "contact_id", "send_after", "changed_at")
"""Columns that a repeated request may change."""


def _upsert_decision() -> ReturningInsert[UUID, UUID | None]:
    """Return the statement. What was suppressed uses the budget from now on, not from the request that was refused."""
    statement, row = insert(LoggedContact), LoggedContact
    was_suppressed = row.state == ContactLogState.SUPPRESSED
    changed: dict[str, ColumnElement[Any]] = {name: statement.excluded[name] for name in DECIDED}
    changed["requested_at"] = case((was_suppressed, statement.excluded.requested_at), else_=row.requested_at)
    upsert = statement.on_conflict_do_update(index_elements=["message_id"], set_=changed, where=row.version == 0)
    return upsert.returning(row.id, row.customer_id)


UPSERT_DECISION = _upsert_decision()


# The conditions of the partial indexes are repeated, so that a plan for any parameters can use them.
SELECT_LOG_FACTS = text("""
    SELECT EXISTS (SELECT FROM erased WHERE customer_id = :customer_id) AS is_erased,
        EXISTS (
            SELECT FROM contact_log WHERE customer_id = ANY(:family) AND dedupe_key = CAST(:dedupe_key AS text)
                AND dedupe_key <> '' AND state = ANY(:counted) AND (CAST(:message_id AS uuid) IS NULL
                OR message_id IS DISTINCT FROM CAST(:message_id AS uuid))
        ) AS has_material,
        ARRAY(
            SELECT requested_at FROM contact_log WHERE customer_id = ANY(:family) AND budget = CAST(:budget AS text)
                AND budget <> '' AND requested_at > :since AND state = ANY(:counted)
                AND (CAST(:message_id AS uuid) IS NULL OR message_id IS DISTINCT FROM CAST(:message_id AS uuid))
        ) AS contacted_at
""").bindparams(
    bindparam("customer_id", type_=Uuid()),
    bindparam("family", type_=ARRAY(Uuid)),
    bindparam("counted", type_=ARRAY(Text), value=list(COUNTED_STATES)),
)


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is stored about earlier contacts with the customers of a family."""

    is_erased: bool
    has_material: bool
    """One of them was sent this material, or soon will be."""
    contacted_at: Sequence[datetime]
    """Contacts on this budget since the moment."""


async def load_log_facts(
    session: AsyncSession,
    *,
    customer_id: UUID,
    family: Collection[UUID],
    message_id: UUID | None,
    dedupe_key: str | None,
    budget: str | None,
    since: datetime,
) -> LogFacts:
    """Return the facts in one statement, without the entry of this message. Without a budget no contact counts."""
    params = {
        "customer_id": customer_id,
        "family": list(family),
        "message_id": message_id,
        "dedupe_key": dedupe_key,
        "budget": budget,
        "since": since,
    }
    row = (await session.execute(SELECT_LOG_FACTS, params)).one()
    return LogFacts(row.is_erased, row.has_material, row.contacted_at)


async def upsert_decision(session: AsyncSession, row: dict[str, Any]) -> tuple[UUID, UUID | None]:
    """Insert the entry, or update that of the same message. Return id and customer of the entry.

    An entry that has events already is left as it is.
    """
    stored = (await session.execute(UPSERT_DECISION, row)).one_or_none()
    if stored is None:
        columns = (LoggedContact.id, LoggedContact.customer_id)
        stored = (await session.execute(select(*columns).where(LoggedContact.message_id == row["message_id"]))).one()
    return stored.id, stored.customer_id


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
