"""Table of the customer frame, a read model."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class FrameCustomer(Table):
    """A customer under its own id, also when merged into another. Each group of columns has its own version."""

    __tablename__ = "customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Of the customer's own events; 0 while only its purchases or scores have arrived."""
    kind: Mapped[str | None]
    role: Mapped[str | None]
    buyer_type: Mapped[str | None]
    region: Mapped[str | None]
    language: Mapped[str | None]
    registered_at: Mapped[datetime | None]

    purchases: Mapped[int] = mapped_column(server_default=text("0"))
    last_purchase_at: Mapped[datetime | None]
    last_purchase_id: Mapped[UUID | None]
    """Of purchases at the same moment that with the greatest id counts as the last."""
    service_point_id: Mapped[str | None]
    """Of the last purchase."""

    score_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tier: Mapped[str | None]
    churn_risk: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    churn_band: Mapped[str | None]
    loyalty_class: Mapped[str | None]
    lifecycle_stage: Mapped[str | None]
