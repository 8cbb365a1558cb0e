"""Table of customer merges, a read model."""

from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class CustomerMerge(Table):
    """The newest merge of a duplicate; no survivor after an un-merge."""

    __tablename__ = "customer_merge"

    duplicate_id: Mapped[UUID] = mapped_column(primary_key=True)
    survivor_id: Mapped[UUID | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(BigInteger)
