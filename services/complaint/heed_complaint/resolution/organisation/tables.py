"""The currency in which the defaults of this database are."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Organisation(Table):
    """One row."""

    __tablename__ = "organisation"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    currency: Mapped[str | None]
    """Agreed at the first start. Empty before it, and in databases of earlier releases, which keep their amounts."""
    money_scale: Mapped[Decimal] = mapped_column(server_default=text("1"))
    """How much of it is about one US dollar, for defaults."""

    __table_args__ = (CheckConstraint("one", name="only_one"),)
