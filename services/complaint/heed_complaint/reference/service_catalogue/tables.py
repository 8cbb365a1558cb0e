"""What the service catalogue holds."""

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CatalogueEntry(Table):
    """What the handling of a category is like, as the operators judge it."""

    __tablename__ = "catalogue_entry"

    category: Mapped[str] = mapped_column(primary_key=True)
    risk: Mapped[int]
    """From 1 to 5, as the difficulty is."""
    difficulty: Mapped[int]
    duration_seconds: Mapped[int] = mapped_column(BigInteger)
    """How long it usually takes."""
    moments_of_truth: Mapped[int]
    """How often the customer meets us on the way."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
