"""Table of anonymous responses that are not released yet."""

from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class ResponsePool(Table):
    """The responses of one anonymous survey that are not released yet.

    One row for all of them, shuffled and encrypted again at every change: rows of their own would have an order
    (`ctid`) and a transaction (`xmin`), and a log or two backups would show what was added.
    """

    __tablename__ = "response_pool"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    responses: Mapped[bytes]
    size: Mapped[int] = mapped_column(server_default=text("0"))
