"""Table of the service catalogue."""

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CatalogueEntry(Table):
    """The handling profile of a category, as operators judge it."""

    __tablename__ = "catalogue_entry"

    category: Mapped[str] = mapped_column(primary_key=True)
    risk: Mapped[int]
    """From 1 to 5, like the difficulty."""
    difficulty: Mapped[int]
    duration_seconds: Mapped[int] = mapped_column(BigInteger)
    """The usual duration."""
    moments_of_truth: Mapped[int]
    """How often the customer meets the organisation during the handling."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
