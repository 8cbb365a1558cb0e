"""Table of the call-back policy."""

from datetime import timedelta

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CallbackPolicyRow(Table):
    """One row: what responses to call-backs lead to. See `rules.CallbackPolicy`."""

    __tablename__ = "callback_policy"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    on_unsolved: Mapped[str]
    on_lowest_rating: Mapped[str]
    on_unpleasant: Mapped[str]
    escalate_to: Mapped[str]
    on_no_answer: Mapped[str]
    no_answer_after: Mapped[timedelta]
    on_detractor: Mapped[str]
    on_message_after_completion: Mapped[str] = mapped_column(server_default="reopen")
    reopen_within: Mapped[timedelta] = mapped_column(server_default=text("'30 days'"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    """Counts the changes made by callers: its ETag."""

    __table_args__ = (CheckConstraint("id", name="one_row"),)
