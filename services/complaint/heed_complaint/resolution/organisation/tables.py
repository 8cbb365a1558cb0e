"""Table of the organisation."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Organisation(Table):
    """One row: the currency of the default amounts of this database."""

    __tablename__ = "organisation"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    currency: Mapped[str | None]
    """Set at the first start. Empty before it, and in databases of earlier releases, whose amounts stay."""
    money_scale: Mapped[Decimal] = mapped_column(server_default=text("1"))
    """How much of it is about one US dollar, for defaults."""

    __table_args__ = (CheckConstraint("id", name="one_row"),)
