"""Use cases of notifications: the policy, the recipient of a complaint's messages, and their queue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.complaint import CaseKind, Milestone
from heed_common.contracts.message import ContactChannel, MessageSubject
from heed_common.languages import Language
from heed_common.messages import queue
from heed_common.messages.queue import OutgoingMessage
from heed_common.messages.tables import MessageState
from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.contacts import repository as contacts
from heed_complaint.core.contacts.content import StoredContact
from heed_complaint.core.contacts.rules import mail_address
from heed_complaint.core.contacts.tables import MailThread
from heed_complaint.core.customers.families import customers_of
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.notifications import reply_key, repository, rules, texts
from heed_complaint.lifecycle.notifications.rules import MessageKind, MessagePolicy, NotificationFacts, Recipient
from heed_complaint.lifecycle.notifications.tables import MessageDelivery, MessagePolicyRow
from heed_complaint.reference.taxonomies import service as taxonomies

COMPLAINT = "complaint"
"""Type of the resource that the messages are about."""


FAILED = "message_failed"
"""Action in the history of a complaint."""


class Delivered(NamedTuple):
    """A message of which the sender reports the outcome."""

    complaint_id: UUID
    kind: MessageKind


@dataclass(frozen=True, slots=True)
class Notification:
    """A message that will be sent: its recipient, channels and thread are known, its text is not written yet."""

    complaint: Complaint
    kind: MessageKind
    cause: str
    recipient: Recipient
    channels: tuple[ContactChannel, ...]
    policy: MessagePolicy
    thread: MailThread | None

    @property
    def language(self) -> Language:
        return self.recipient.language

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.recipient.time_zone)

    @property
    def template(self) -> str:
        return f"{COMPLAINT}.{self.kind}"

    @property
    def author(self) -> str:
        return f"{rules.RULE}:{self.kind}"


async def load_policy(session: AsyncSession) -> MessagePolicy:
    """Return the policy as the rules use it."""
    return await repository.load_policy(session)


async def get_policy(session: AsyncSession) -> MessagePolicyRow:
    """Return the stored policy with its revision."""
    return await repository.get_policy_row(session)


async def put_policy(session: AsyncSession, *, columns: Mapping[str, Any], if_match: int | None) -> MessagePolicyRow:
    """Replace the policy. Raises `PreconditionFailed`, `PreconditionRequired`."""
    row = await repository.lock_policy_row(session)
    require_if_match(if_match, row.revision)
    for name, value in columns.items():
        setattr(row, name, value)
    row.revision += 1
    return row


async def sync_delivery(
    session: AsyncSession,
    *,
    transports: Collection[ContactChannel],
    reaches_customers: bool,
    public_url: str | None,
    link_days: int,
    time_zone: str,
) -> None:
    """Store what the processes that send can do; without a transport no message is queued."""
    row = await repository.lock_policy_row(session)
    row.transports, row.reaches_customers = sorted(transports), reaches_customers
    row.public_url = public_url and public_url.rstrip("/")
    row.link_days, row.time_zone = link_days, time_zone


async def can_send(session: AsyncSession) -> bool:
    """Return whether this installation sends messages at all."""
    return bool((await repository.get_policy_row(session)).transports)


async def is_acknowledged(session: AsyncSession, complaint_id: UUID) -> bool:
    """Return whether an acknowledgement of the complaint was queued."""
    return await repository.is_announced(session, complaint_id, cause=MessageKind.ACKNOWLEDGEMENT)


async def milestones_by_message(
    session: AsyncSession, complaint: Complaint, *, has_address: bool, now: datetime
) -> tuple[Milestone, ...]:
    """Return the milestones that a new complaint has because messages can be sent to its customer."""
    policy = await repository.load_policy(session)
    if not policy.transports or not (complaint.customer_is_known or has_address):
        return ()
    return rules.milestones_by_message(policy, _facts(complaint), has_account=complaint.customer_is_known, now=now)


async def prepare(session: AsyncSession, complaint: Complaint, kind: MessageKind, *, cause: str) -> Notification | None:
    """Return the message to send, or None if the policy, the customer or an earlier message forbids it.

    The caller holds the lock of the complaint.
    """
    policy = await repository.load_policy(session)
    if not policy.transports or not rules.may_be_notified(_facts(complaint)):
        return None
    contact, thread = await contacts.get_correspondent(session, complaint.id)
    recipient = await _find_recipient(session, complaint, contact, policy)
    if recipient is None:
        return None
    channels = policy.channels(kind, has_account=recipient.customer_id is not None)
    if not channels or await repository.is_announced(session, complaint.id, cause=cause):
        return None
    return Notification(complaint, kind, cause, recipient, channels, policy, thread)


async def common_params(session: AsyncSession, notification: Notification) -> dict[str, Any]:
    """Return the parameters that all templates have. Of a confidential complaint no details leave the service."""
    complaint, language = notification.complaint, notification.language
    thread, hidden = notification.thread, complaint.confidential
    category = await taxonomies.load_label(session, "category", complaint.category, language=language)
    return {
        "confidential": hidden,
        "name": notification.recipient.name,
        "reference": complaint.external_id or str(complaint.id),
        "case": texts.CASES[CaseKind(complaint.kind)][language],
        "category": None if hidden else category,
        "received_at": rules.moment_text(complaint.received_at, language=language, zone=notification.zone),
        "thread_subject": rules.reply_subject(thread.subject) if thread and not hidden else None,
        "link": None,
    }


async def enqueue(
    session: AsyncSession,
    notification: Notification,
    *,
    message_id: UUID,
    params: Mapping[str, Any],
    now: datetime,
) -> None:
    """Queue the message in the transaction of its cause, under the id of the stored message."""
    thread, recipient = notification.thread, notification.recipient
    ids = thread.message_ids if thread else []
    outgoing = OutgoingMessage(
        id=message_id,
        template=notification.template,
        channels=notification.channels,
        customer_id=recipient.customer_id,
        address=recipient.address,
        params=params,
        secret=params["link"] is not None,
        language=recipient.language,
        about=MessageSubject(type=COMPLAINT, id=notification.complaint.id),
        in_reply_to=ids[-1] if ids else None,
        references=ids,
    )
    delivery = MessageDelivery(
        message_id=message_id,
        complaint_id=notification.complaint.id,
        kind=notification.kind,
        cause=notification.cause,
        template=notification.template,
        channel=notification.channels[0],
        state=MessageState.QUEUED,
        changed_at=now,
    )
    repository.add_delivery(session, delivery)
    await session.flush()
    await queue.enqueue(session, outgoing, now=now)


async def lock_delivered(session: AsyncSession, message_ids: Collection[UUID]) -> dict[UUID, Delivered]:
    """Return the messages among these that are about complaints, and lock their complaints."""
    deliveries = await repository.deliveries_of(session, message_ids)
    found = {id_: Delivered(row.complaint_id, MessageKind(row.kind)) for id_, row in deliveries.items()}
    await complaints.lock_complaints(session, {delivered.complaint_id for delivered in found.values()})
    return found


async def record_outcome(
    session: AsyncSession, message_id: UUID, *, state: MessageState, reason: str | None, channel: str, now: datetime
) -> None:
    """Record how far the message has got; the history of the complaint records a failure.

    The caller holds the lock of the complaint.
    """
    delivery = (await repository.deliveries_of(session, [message_id]))[message_id]
    before, delivery.state = delivery.state, state
    delivery.reason, delivery.channel, delivery.changed_at = reason, channel, now
    if state is not MessageState.SENT:
        after = {"message_id": str(message_id), "state": state, "reason": reason}
        complaints.append_history(
            session, delivery.complaint_id, at=now, by=None, action=FAILED, before={"state": before}, after=after
        )
    await session.flush()


async def ensure_reply_key(session: AsyncSession, *, former_key: str | None) -> None:
    """Create the key by which replies are recognised, at the first start."""
    await reply_key.ensure_key(session, former_key=former_key)


async def load_reply_key(session: AsyncSession) -> str | None:
    """Return the key by which replies are recognised. It never changes; None if it cannot be decrypted."""
    return await reply_key.load_key(session)


async def record_recipients(session: AsyncSession, addresses: Mapping[UUID, str], *, key: str) -> None:
    """Remember to whom the messages go, so that customers' replies are recognised."""
    hashes = {message_id: rules.recipient_hash(key, address) for message_id, address in addresses.items()}
    await repository.set_recipients(session, hashes)


async def complaint_sent_to(session: AsyncSession, complaint_ids: Collection[UUID], *, address: str) -> UUID | None:
    """Return the complaint among these about which a message was sent to this address of the customer."""
    key = await reply_key.load_key(session)
    if key is None:
        return None
    return await repository.complaint_sent_to(session, complaint_ids, rules.recipient_hash(key, address))


async def _find_recipient(
    session: AsyncSession, complaint: Complaint, contact: StoredContact | None, policy: MessagePolicy
) -> Recipient | None:
    """Return the customer, or the sender of the form or mail; None if the complainant left no mail address."""
    name = contact.name if contact else None
    if not complaint.customer_is_known:
        address = mail_address(contact.address) if contact else None
        language = rules.supported_language(contact.language if contact else None)
        return None if address is None else Recipient(language, policy.time_zone, address=address, name=name)
    customer = (await customers_of(session, [complaint.customer_id])).get(complaint.customer_id)
    preferences = (customer.language if customer else None, _language_of(contact))
    zone = rules.first_known([customer.time_zone if customer else None], policy.time_zone)
    language = rules.supported_language(*preferences)
    return Recipient(language, zone, customer_id=complaint.customer_id, name=name)


def _language_of(contact: StoredContact | None) -> str | None:
    return contact.language if contact else None


def _facts(complaint: Complaint) -> NotificationFacts:
    return NotificationFacts(
        kind=complaint.kind,
        regulator=complaint.regulator,
        is_part=complaint.split_from is not None,
        received_at=complaint.received_at,
    )
