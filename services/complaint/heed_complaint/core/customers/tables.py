"""Tables of the read model of customers."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Customer(Table):
    """Each source has a version of its own: the newest word of each holds, in whatever order they arrive."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str | None]
    role: Mapped[str | None]
    buyer_type: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    region: Mapped[str | None]
    customer_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

    tier: Mapped[str | None]
    loyalty_class: Mapped[str | None]
    churn_risk: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    churn_band: Mapped[str | None]
    value_at_risk: Mapped[Decimal | None] = mapped_column(Numeric(28, 4))
    potential_value: Mapped[Decimal | None] = mapped_column(Numeric(28, 4))
    value_currency: Mapped[str | None]
    score_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Alias(Table):
    """A merge is a view: complaints stay under the member, and what is known of its survivor holds for it."""

    __tablename__ = "alias"

    member: Mapped[UUID] = mapped_column(primary_key=True)
    survivor: Mapped[UUID | None] = mapped_column(index=True)
    """Empty again after an un-merge."""
    version: Mapped[int] = mapped_column(BigInteger)


class Outlook(Table):
    """The last forecast of scoring for an open complaint."""

    __tablename__ = "outlook"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(index=True)
    """Whose score spoke of it: a newer one of theirs that does not means that it is open no longer."""
    risk_if_resolved_quickly: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    risk_if_unresolved: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    expected_value_saved: Mapped[Decimal] = mapped_column(Numeric)
    """With the digits of its currency, as published."""
    currency: Mapped[str]
    said_at: Mapped[datetime]
    """Versions of two customers do not compare, and a merge changes whose score speaks of the complaint."""
    score_version: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_outlook_expected_value_saved", "expected_value_saved"),)


class PastOutlook(Table):
    """The last forecast for a complaint before it was resolved or abandoned."""

    __tablename__ = "past_outlook"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    expected_value_saved: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str]
    said_at: Mapped[datetime]


class Bought(Table):
    """A purchase, as far as reports need it: when, and whether all of it was returned."""

    __tablename__ = "bought"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    units: Mapped[Decimal] = mapped_column(Numeric(19, 4), server_default=text("0"))
    """Zero until the purchase event arrives: a return may come first."""
    returned: Mapped[Decimal] = mapped_column(Numeric(19, 4), server_default=text("0"))

    __table_args__ = (Index("ix_bought_customer_id_occurred_at", "customer_id", "occurred_at"),)
