"""Table of anonymous responses that are not released yet."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class ResponsePool(Table):
    """The responses of one anonymous survey that are not released yet.

    One row for all of them, shuffled at every change: rows of their own would have an order (`ctid`) and a transaction
    (`xmin`), by which who answered last could be found.
    """

    __tablename__ = "response_pool"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    responses: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    released: Mapped[int] = mapped_column(server_default=text("0"))
    """Responses released so far."""
