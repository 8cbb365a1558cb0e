"""SQL of notifications."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel
from heed_common.languages import LANGUAGES
from heed_complaint.lifecycle.notifications.rules import KindPolicy, MessageKind, MessagePolicy
from heed_complaint.lifecycle.notifications.tables import MessageDelivery, MessagePolicyRow

POLICY_KEY = "message_policy"
"""Key of the policy in `session.info`."""
SET_RECIPIENTS = text("""
    UPDATE message_delivery AS delivery SET recipient_hash = sent.recipient_hash
    FROM unnest(CAST(:message_ids AS uuid[]), CAST(:hashes AS bytea[])) AS sent (message_id, recipient_hash)
    WHERE delivery.message_id = sent.message_id
""")


async def get_policy_row(session: AsyncSession) -> MessagePolicyRow:
    """Return the row; once a transaction has loaded it, without another query."""
    row = await session.get_one(MessagePolicyRow, True)  # noqa: FBT003 the key of the only row
    # A session refers to what it has loaded only weakly, and nothing else refers to the row.
    session.info[POLICY_KEY] = row
    return row


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


def add_delivery(session: AsyncSession, delivery: MessageDelivery) -> None:
    session.add(delivery)


async def is_announced(session: AsyncSession, complaint_id: UUID, *, cause: str) -> bool:
    """Return whether a message about this cause was queued before. The caller holds the lock of the complaint."""
    query = exists().where(MessageDelivery.complaint_id == complaint_id, MessageDelivery.cause == cause)
    return bool(await session.scalar(select(query)))


async def deliveries_of(session: AsyncSession, message_ids: Collection[UUID]) -> Mapping[UUID, MessageDelivery]:
    """Return the deliveries of these messages; a message that was not sent has none."""
    query = select(MessageDelivery).where(MessageDelivery.message_id.in_(message_ids))
    return {delivery.message_id: delivery for delivery in await session.scalars(query)}


async def set_recipients(session: AsyncSession, recipients: Mapping[UUID, bytes]) -> None:
    """Store the hashes of the addresses to which the messages go."""
    ids = sorted(recipients)
    await session.execute(SET_RECIPIENTS, {"message_ids": ids, "hashes": [recipients[id_] for id_ in ids]})


async def complaint_sent_to(session: AsyncSession, complaint_ids: Collection[UUID], recipient: bytes) -> UUID | None:
    """Return the newest of these complaints about which a message was sent to this address."""
    query = select(MessageDelivery.complaint_id).where(
        MessageDelivery.complaint_id.in_(complaint_ids), MessageDelivery.recipient_hash == recipient
    )
    return await session.scalar(query.order_by(MessageDelivery.complaint_id.desc()).limit(1))
