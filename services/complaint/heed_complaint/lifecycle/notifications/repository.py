"""SQL of notifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel
from heed_common.failed_work import repository as failed_work
from heed_common.languages import LANGUAGES, Language
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.notifications.rules import KindPolicy, MessageKind, MessagePolicy
from heed_complaint.lifecycle.notifications.tables import MessageDelivery, MessagePolicyRow, MessageTimer
from heed_complaint.reference.taxonomies.tables import Term

JOB = "message_timers"
"""Name of the job in failed work."""


async def get_policy_row(session: AsyncSession) -> MessagePolicyRow:
    """Return the row; once a transaction has loaded it, without another query."""
    return await session.get_one(MessagePolicyRow, True)  # noqa: FBT003 the key of the only row


async def lock_policy_row(session: AsyncSession) -> MessagePolicyRow:
    return await session.get_one(MessagePolicyRow, True, with_for_update=True, populate_existing=True)  # noqa: FBT003


async def load_policy(session: AsyncSession) -> MessagePolicy:
    """Return the policy as the rules use it."""
    row = await get_policy_row(session)
    return MessagePolicy(
        kinds={
            MessageKind(name): KindPolicy(
                settings["enabled"],
                tuple(ContactChannel(channel) for channel in settings["channels"]),
                settings.get("after_days"),
            )
            for name, settings in row.kinds.items()
        },
        recourse={language: row.recourse[language] for language in LANGUAGES if language in row.recourse},
        transports=frozenset(ContactChannel(channel) for channel in row.transports),
        reaches_customers=row.reaches_customers,
        public_url=row.public_url,
        link_days=row.link_days,
        time_zone=row.time_zone,
    )


async def load_label(session: AsyncSession, taxonomy: str, code: str, *, language: Language) -> str:
    """Return the label of a code, or that of its first level: the second level of a category may be free text."""
    for known in (code, code.partition(".")[0]):
        term = await session.get(Term, (taxonomy, known))
        if term is not None:
            return term.zh if language == "zh" else term.en
    return code


def add_delivery(session: AsyncSession, delivery: MessageDelivery) -> None:
    session.add(delivery)


async def is_announced(session: AsyncSession, complaint_id: UUID, *, cause: str) -> bool:
    """Return whether a message about this cause was queued before. The caller holds the lock of the complaint."""
    query = exists().where(MessageDelivery.complaint_id == complaint_id, MessageDelivery.cause == cause)
    return bool(await session.scalar(select(query)))


async def deliveries_of(session: AsyncSession, message_ids: Sequence[UUID]) -> Mapping[UUID, MessageDelivery]:
    """Return the deliveries of these messages; a message that was not sent has none."""
    query = select(MessageDelivery).where(MessageDelivery.message_id.in_(message_ids))
    return {delivery.message_id: delivery for delivery in await session.scalars(query)}


async def update_state(
    session: AsyncSession, message_id: UUID, *, state: str, reason: str | None, channel: str, at: datetime
) -> None:
    """Set the state of a message as its sender reports it."""
    statement = update(MessageDelivery).where(MessageDelivery.message_id == message_id)
    await session.execute(statement.values(state=state, reason=reason, channel=channel, changed_at=at))


async def set_timer(session: AsyncSession, complaint_id: UUID, kind: MessageKind, *, due_at: datetime) -> None:
    """Set the timer of this kind, in place of the one before."""
    statement = insert(MessageTimer).values(complaint_id=complaint_id, kind=kind, due_at=due_at)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["complaint_id", "kind"], set_={"due_at": due_at})
    )


async def delete_timer(session: AsyncSession, complaint_id: UUID, kind: MessageKind) -> None:
    await session.execute(
        delete(MessageTimer).where(MessageTimer.complaint_id == complaint_id, MessageTimer.kind == kind)
    )


async def timers_of(session: AsyncSession, complaint_id: UUID) -> Sequence[MessageTimer]:
    query = select(MessageTimer).where(MessageTimer.complaint_id == complaint_id).order_by(MessageTimer.kind)
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def lock_complaints_with_due_timers(session: AsyncSession, *, now: datetime, limit: int) -> list[UUID]:
    """Lock the complaints with a due timer, without those that another transaction has locked."""
    is_set_aside = failed_work.is_set_aside(JOB, MessageTimer.complaint_id, now=now)
    due = (
        select(MessageTimer.complaint_id)
        .where(MessageTimer.due_at <= now, ~is_set_aside)
        .order_by(MessageTimer.due_at)
        .limit(limit)
    )
    query = select(Complaint.id).where(Complaint.id.in_(due)).order_by(Complaint.id)
    return list(await session.scalars(query.with_for_update(skip_locked=True)))
