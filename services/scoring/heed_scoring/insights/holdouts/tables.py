"""Tables of hold-outs: their splits, and the assignments of customers."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from heed_scoring.tables import Table


class Holdout(Table):
    """A random split; never updated."""

    __tablename__ = "holdout"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    share: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    """Of the customers who do not get the treatment."""
    seed: Mapped[str]
    horizon_days: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]


class Assignment(Table):
    """Arm of a customer; never updated."""

    __tablename__ = "holdout_assignment"

    holdout_id: Mapped[UUID] = mapped_column(ForeignKey("holdout.id"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    arm: Mapped[str]
    assigned_at: Mapped[datetime]
    assigned_on: Mapped[date]
