"""Table of the drop-off of expired forms, whose answers are deleted."""

from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class ExpiredDropOff(Table):
    """Counts of the forms that expired before they were sent, by item."""

    __tablename__ = "expired_drop_off"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    survey_version: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[int] = mapped_column(server_default=text("0"))
    answered: Mapped[int] = mapped_column(server_default=text("0"))
    left: Mapped[int] = mapped_column(server_default=text("0"))
