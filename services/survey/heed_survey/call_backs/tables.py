"""Table of complaints and their call-backs, a read model."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Complaint(Table):
    """A complaint at its newest known version, with its call-back."""

    __tablename__ = "complaint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID | None]
    """Empty while the customer is unknown."""
    version: Mapped[int] = mapped_column(BigInteger)
    selling_suspended: Mapped[bool]
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    """Shown only to callers who may read confidential complaints."""
    completed_at: Mapped[datetime | None]
    """Completion that the call-back is about; another completion has another call-back."""
    call_back_state: Mapped[str | None]
    """Empty without a call-back."""
    invitation_id: Mapped[UUID | None]
    response_id: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_complaint_customer_id", "customer_id"),
        Index("ix_complaint_selling_suspended", "customer_id", postgresql_where=text("selling_suspended")),
        Index("ix_complaint_call_back_state", "call_back_state", "completed_at", "id"),
    )
