"""Table of the repeat policy."""

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class RepeatPolicy(Table):
    """One row: from which complaint of one customer about one product on repeats are escalated, and to whom."""

    __tablename__ = "repeat_policy"
    __table_args__ = (CheckConstraint("id", name="one_row"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    escalate_from: Mapped[int]
    escalate_to: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
