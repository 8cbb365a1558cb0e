"""Table of acceptance rules."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Acceptance(Table):
    """One row: all rules in their order, as JSON."""

    __tablename__ = "acceptance"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))

    __table_args__ = (CheckConstraint("id", name="one_row"),)
