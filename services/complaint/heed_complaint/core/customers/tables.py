"""Read model of customers, replicated from events of other services."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Customer(Table):
    """A customer. Each source has its own version: the newest event of each wins, in any order of arrival."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str | None]
    role: Mapped[str | None]
    buyer_type: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    region: Mapped[str | None]
    external_id_hash: Mapped[str | None] = mapped_column(index=True)
    """By which imported complaints refer to the customer."""
    customer_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

    tier: Mapped[str | None]
    loyalty_class: Mapped[str | None]
    churn_risk: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    churn_band: Mapped[str | None]
    value_at_risk: Mapped[Decimal | None] = mapped_column(Numeric(28, 4))
    potential_value: Mapped[Decimal | None] = mapped_column(Numeric(28, 4))
    value_currency: Mapped[str | None]
    score_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class CustomerAlias(Table):
    """A merge is a view: complaints stay with the duplicate, and the fields of the survivor apply to it."""

    __tablename__ = "customer_alias"

    duplicate_id: Mapped[UUID] = mapped_column(primary_key=True)
    survivor_id: Mapped[UUID | None] = mapped_column(index=True)
    """Null after an un-merge."""
    version: Mapped[int] = mapped_column(BigInteger)


class SavedValueForecast(Table):
    """Scoring's latest forecast of what a complaint may save. Only open complaints have one."""

    __tablename__ = "saved_value_forecast"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(index=True)
    """The customer whose score contained it: a newer score without it means that the complaint is no longer open."""
    risk_if_resolved_quickly: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    risk_if_unresolved: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    expected_value_saved: Mapped[Decimal] = mapped_column(Numeric)
    """With the number of decimals of the currency, as received."""
    currency: Mapped[str]
    forecast_at: Mapped[datetime]
    """Orders the forecasts: versions of two customers do not compare, and a merge changes whose score contains it."""
    score_version: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_saved_value_forecast_expected_value_saved", "expected_value_saved"),)


class SavedValueForecastHistory(Table):
    """The last forecast of a complaint before it was resolved or ended."""

    __tablename__ = "saved_value_forecast_history"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    expected_value_saved: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str]
    forecast_at: Mapped[datetime]


class Purchase(Table):
    """A purchase, to find out whether a customer bought again: its date, and whether all of it was returned."""

    __tablename__ = "purchase"

    purchase_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    units: Mapped[Decimal] = mapped_column(Numeric(19, 4), server_default=text("0"))
    """0 until the purchase itself arrives: a return may come first."""
    returned: Mapped[Decimal] = mapped_column(Numeric(19, 4), server_default=text("0"))

    __table_args__ = (Index("ix_purchase_customer_id_occurred_at", "customer_id", "occurred_at"),)
