"""Which customers are one, as the customer service told."""

from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Alias(Table):
    """The newest word about a member: whom it was merged into, or nobody."""

    __tablename__ = "alias"

    member: Mapped[UUID] = mapped_column(primary_key=True)
    survivor: Mapped[UUID | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(BigInteger)
