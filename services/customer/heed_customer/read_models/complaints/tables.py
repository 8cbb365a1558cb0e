"""Table of complaints, replicated from the complaint service."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class Complaint(Table):
    """The newest state of a complaint, in any order of arrival.

    A row without a version is a placeholder: an event about the complaint came before the complaint itself. It is what
    writers lock, so that the complaint's customer does not change between reading and writing.
    """

    __tablename__ = "complaint"
    __table_args__ = (Index("ix_complaint_open", "customer_id", postgresql_where=text("is_open")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    customer_id: Mapped[UUID | None] = mapped_column(index=True)
    """Null in placeholders. Of an unidentified complainant it is the id of the complaint."""
    kind: Mapped[str | None]
    severity: Mapped[str | None]
    category: Mapped[str | None]
    state: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    is_open: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it is a complaint that has neither ended nor been merged into another one."""
    selling_suspended: Mapped[bool] = mapped_column(server_default=text("false"))
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
