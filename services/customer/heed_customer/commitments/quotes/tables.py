"""Table of quotes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, validates

from heed_common.text import normalize_for_comparison
from heed_customer.tables import MONEY, Table


class Quote(Table):
    """A price that a customer was quoted for a product, for a time."""

    __tablename__ = "quote"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    product: Mapped[str]
    product_key: Mapped[str]
    """Normal form of the product, by which quotes are compared."""
    price: Mapped[Decimal] = mapped_column(MONEY)
    currency: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    quoted_by: Mapped[str]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    __table_args__ = (
        Index("ix_quote_customer_id", "customer_id", "id"),
        Index("ix_quote_product_key", "customer_id", "product_key"),
    )

    @validates("product")
    def _update_product_key(self, _: str, value: str) -> str:
        self.product_key = normalize_for_comparison(value)
        return value
