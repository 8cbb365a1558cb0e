"""Tables of webhooks: endpoints, how far each has got, and the attempts to deliver."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class WebhookEndpoint(Table):
    """Where events are sent, and which."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    customer_id: Mapped[UUID | None]
    description: Mapped[str | None]
    state: Mapped[str]
    disabled_because: Mapped[str | None]
    confidential: Mapped[bool]
    """Whether it gets the events of confidential complaints: whether the key that created it may read them."""
    secrets: Mapped[bytes]
    """Encrypted: the secret and, for a while after a rotation, the one before it."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int]
    starts_at: Mapped[datetime]
    """Where the worker starts while there are no offsets of this number of replays."""
    replays: Mapped[int]


class WebhookProgress(Table):
    """Written by the worker that delivers, on the connection that holds its lock."""

    __tablename__ = "webhook_progress"

    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"), primary_key=True)
    replays: Mapped[int]
    """The replay to which the offsets belong."""
    offsets: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """By topic: the next offset of each partition."""
    waiting: Mapped[int] = mapped_column(BigInteger)
    missed: Mapped[int] = mapped_column(BigInteger)
    last_missed_at: Mapped[datetime | None]
    failures: Mapped[int]
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    saved_at: Mapped[datetime]


class WebhookAttempt(Table):
    """One request to a receiver: ids and codes, nothing of the event."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (
        Index("ix_webhook_attempt_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_attempt_attempted_at", "attempted_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    type: Mapped[str]
    number: Mapped[int]
    attempted_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None]
