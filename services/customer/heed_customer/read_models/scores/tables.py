"""Table of scores, replicated from the scoring service."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import MONEY, Table


class CustomerScore(Table):
    """The newest published score of a customer. A merged customer's is that of its survivor."""

    __tablename__ = "customer_score"
    __table_args__ = (Index("ix_customer_score_value_at_risk", "value_at_risk", "customer_id"),)

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    tier: Mapped[str]
    value: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str]
    churn_probability: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    churn_band: Mapped[str]
    value_at_risk: Mapped[Decimal] = mapped_column(MONEY)
    loyalty_class: Mapped[str | None]
    lifecycle_stage: Mapped[str | None]
    scored_at: Mapped[datetime]
