"""Table of the rule for repeated complaints."""

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class RepeatRule(Table):
    """From which complaint of one customer about one product on somebody else is called. There is one row."""

    __tablename__ = "repeat_rule"
    __table_args__ = (CheckConstraint('"only"', name="one_row"),)

    only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    escalate_from: Mapped[int]
    to: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
