"""What the complaint service remembers of customers: a copy of what others told."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.tables import Table


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
