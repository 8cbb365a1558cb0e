"""What operators have laid down about the handling of complaints."""

from typing import Any

from sqlalchemy import BigInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.tables import Table


class Playbook(Table):
    __tablename__ = "playbook"

    name: Mapped[str] = mapped_column(primary_key=True)
    order: Mapped[int]
    """The first one whose condition holds is taken."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """All the rest, as operators write it."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class RemedyLimits(Table):
    """One row: how much may be given where no playbook says otherwise."""

    __tablename__ = "remedy_limits"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
