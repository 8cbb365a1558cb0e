"""Queue of outgoing messages: a message is a row, inserted in the transaction that decides to write."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import ContactChannel, ContactPurpose, MessageSubject
from heed_common.encryption import FieldCipher
from heed_common.messages.contents import PendingContent, encrypt_pending
from heed_common.messages.tables import OUTGOING_MESSAGE, MessageState
from heed_common.session_cipher import get_cipher

DEFAULT_LIFETIME = timedelta(days=3)
"""How long a message is worth sending if its sender does not set a limit."""
INSERTED = (
    *("id", "customer_id", "purpose", "channels", "channel", "promotional", "template", "language", "about_type"),
    *("about_id", "dedupe_key", "only_contact_id", "created_at", "due_at", "expires_at", "state", "attempts"),
    *("in_transit", "version"),
)
"""Columns of a new message."""


def _insert_new() -> str:
    """Return the insert of messages, which are sent as one JSON text, with the contents of those that are new."""
    types = {column.name: column.type.compile(dialect=postgresql.dialect()) for column in OUTGOING_MESSAGE.columns}  # type: ignore[no-untyped-call]
    names = ", ".join(name for name in types if name in INSERTED)
    columns = ", ".join(f"{name} {type_}" for name, type_ in types.items() if name in INSERTED)
    return f"""
        WITH new AS (
            INSERT INTO outgoing_message ({names})
            SELECT {names} FROM json_to_recordset(CAST(:rows AS json)) AS row({columns}) ON CONFLICT (id) DO NOTHING
            RETURNING id
        )
        INSERT INTO outgoing_message_content (message_id, secret, pending)
        SELECT id, secret, pending FROM new JOIN unnest(
            CAST(:ids AS uuid[]), CAST(:secrets AS boolean[]), CAST(:contents AS bytea[])
        ) AS content (message_id, secret, pending) ON content.message_id = new.id ORDER BY id
        RETURNING message_id
    """  # noqa: S608 - the names are those of our own columns


INSERT_NEW_MESSAGES = text(_insert_new())
NO_PARAMS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message that a service has decided to send."""

    id: UUID
    """Made by the caller. The same id is queued once, and permitted and sent under this id."""
    template: str
    channels: Sequence[ContactChannel]
    """Most preferred first; the permit chooses the first one that the customer allows."""
    customer_id: UUID | None = None
    """Its address is asked for at each attempt."""
    contact_id: UUID | None = None
    """Only to this contact of the customer: a verification code goes nowhere else."""
    address: str | None = None
    """Only if the recipient wrote to the service from this address and is no identified customer."""
    purpose: ContactPurpose = ContactPurpose.SERVICE
    params: Mapping[str, Any] = field(default_factory=lambda: NO_PARAMS)
    """Parameters of the template, in JSON types."""
    secret: bool = False
    """The text has a secret, such as a code: it is not stored after the message was sent."""
    language: str | None = None
    """By default the customer's."""
    about: MessageSubject | None = None
    dedupe_key: str | None = None
    """Material of the same key is sent to a customer once, whichever service sends it."""
    promotional: bool = False
    not_before: datetime | None = None
    expires_at: datetime | None = None
    in_reply_to: str | None = None
    """The Message-ID that this message replies to."""
    references: Sequence[str] = ()
    """Message-IDs of the thread, oldest first."""

    def __post_init__(self) -> None:
        if (self.customer_id is None) == (self.address is None):
            raise ValueError("a message goes either to a customer or to an address")
        if not self.channels:
            raise ValueError("a message needs at least one channel")


async def enqueue(session: AsyncSession, message: OutgoingMessage, *, now: datetime) -> bool:
    """Queue the message in the caller's transaction. Return False if its id is queued already."""
    return bool(await enqueue_all(session, [message], now=now))


async def enqueue_all(session: AsyncSession, messages: Sequence[OutgoingMessage], *, now: datetime) -> list[UUID]:
    """Queue messages in the caller's transaction. Return the ids of those that were not queued already."""
    if not messages:
        return []
    cipher = get_cipher(session)
    ordered = sorted(messages, key=lambda message: message.id)
    params = {
        "rows": json.dumps([_row(message, now) for message in ordered], default=str),
        "ids": [message.id for message in ordered],
        "secrets": [message.secret for message in ordered],
        "contents": [_pending(message, cipher) for message in ordered],
    }
    new = set(await session.scalars(INSERT_NEW_MESSAGES, params))
    return [message.id for message in messages if message.id in new]


def _row(message: OutgoingMessage, now: datetime) -> dict[str, Any]:
    return {
        "id": message.id,
        "customer_id": message.customer_id,
        "purpose": message.purpose,
        "channels": list(message.channels),
        "channel": message.channels[0],
        "promotional": message.promotional,
        "template": message.template,
        "language": message.language,
        "about_type": message.about.type if message.about else None,
        "about_id": message.about.id if message.about else None,
        "dedupe_key": message.dedupe_key,
        "only_contact_id": message.contact_id,
        "created_at": now,
        "due_at": message.not_before or now,
        "expires_at": message.expires_at or (message.not_before or now) + DEFAULT_LIFETIME,
        "state": MessageState.QUEUED,
        "attempts": 0,
        "in_transit": False,
        "version": 0,
    }


def _pending(message: OutgoingMessage, cipher: FieldCipher) -> bytes:
    content = PendingContent(message.address, dict(message.params), message.in_reply_to, message.references)
    return encrypt_pending(content, message_id=message.id, cipher=cipher)
