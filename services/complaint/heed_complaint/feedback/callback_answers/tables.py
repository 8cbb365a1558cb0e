"""What the operator wants to follow from answers."""

from datetime import timedelta

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class AnswerPolicy(Table):
    """One row."""

    __tablename__ = "answer_policy"

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    unsolved: Mapped[str]
    lowest: Mapped[str]
    unpleasant: Mapped[str]
    escalate_to: Mapped[str]
    """Who is called where an answer escalates."""
    unanswered: Mapped[str]
    unanswered_after: Mapped[timedelta]
    detractor: Mapped[str]
    message_after_completion: Mapped[str] = mapped_column(server_default="reopen")
    reopen_within: Mapped[timedelta] = mapped_column(server_default=text("'30 days'"))
    """From the end of a complaint."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    """Counts the changes made by callers: its ETag."""

    __table_args__ = (CheckConstraint("single", name="one_row"),)
