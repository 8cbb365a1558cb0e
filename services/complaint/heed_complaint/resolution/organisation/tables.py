"""Table with the currency of the default amounts."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Organisation(Table):
    """Currency of the default amounts, in one row."""

    __tablename__ = "organisation"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    currency: Mapped[str | None]
    """Agreed at the first start. Empty before it, and in databases of earlier releases, which keep their amounts."""
    money_scale: Mapped[Decimal] = mapped_column(server_default=text("1"))
    """Amount that is about one US dollar, for default amounts."""

    __table_args__ = (CheckConstraint("one", name="only_one"),)
