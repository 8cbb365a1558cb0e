"""Tables of interactions and referrals."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import MONEY, Table


class Interaction(Table):
    __tablename__ = "interaction"
    __table_args__ = (
        Index("ix_interaction_customer_id", "customer_id", "occurred_at"),
        Index("ix_interaction_occurred_at_id", "occurred_at", "id"),
        Index("ix_interaction_campaign", "campaign", "id", postgresql_where=text("campaign IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    occurred_at: Mapped[datetime]
    currency: Mapped[str]
    cost: Mapped[Decimal | None] = mapped_column(MONEY)
    campaign: Mapped[str | None]
    promise: Mapped[str | None]
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Referral(Table):
    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_occurred_at_id", "occurred_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    referred_customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"), index=True)
    occurred_at: Mapped[datetime]
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
