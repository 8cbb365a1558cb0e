"""What the survey service remembers of complaints: whether it must keep still, and whom it has to call back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Complaint(Table):
    """As it stood at the newest version that was told, with its call-back."""

    __tablename__ = "complaint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID | None]
    """Empty while nobody knows who complains."""
    version: Mapped[int] = mapped_column(BigInteger)
    selling_suspended: Mapped[bool]
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    """Shown to those only who may read confidential complaints."""
    completed_at: Mapped[datetime | None]
    """The completion that the call-back is about; another completion is asked about again."""
    call_back: Mapped[str | None]
    """Its state; empty where there is nothing to ask."""
    invitation_id: Mapped[UUID | None]
    response_id: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_complaint_selling_suspended", "customer_id", postgresql_where=text("selling_suspended")),
        Index("ix_complaint_call_back", "call_back", "completed_at", "id"),
    )
