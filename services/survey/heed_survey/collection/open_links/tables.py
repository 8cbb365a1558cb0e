"""Table of open links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class OpenLink(Table):
    """What is printed of an open link. Its token is stored as it is: it hangs on a wall, and is printed again."""

    __tablename__ = "open_link"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of the link."""
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    service_point_id: Mapped[str]
    label: Mapped[str | None]
    token: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
