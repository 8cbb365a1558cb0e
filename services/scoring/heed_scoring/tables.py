"""What scoring remembers: the ledger is the truth; the rest is its fold, its models and what was said when.

Facts, numbers and history stand as the JSON text that was written: nothing searches in them, and turning text into
`jsonb` and back was a third of what an event cost the database. Rows up to a page stay whole for the same reason.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from heed_common.table_metadata import COLUMN_TYPES, UNCOMPRESSED_ROWS, service_metadata
from heed_scoring.engine.model import Model, from_json

AMOUNT = Numeric(28, 0)
"""A thousand lines of a billion times a million are more than 64 bits of 1/10 000."""


class Table(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = COLUMN_TYPES | {dict[str, Any]: JSONB, int: BigInteger}


class Ledger(Table):
    """Every event that scoring has read, kept for ever."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_customer_id_known_at", "customer_id", "known_at"),
        Index(
            "ix_ledger_complaint_id", text("(detail ->> 'complaint_id')"), postgresql_where=text("kind = 'complaint'")
        ),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0, but for the further customers of an event that concerns several."""
    type: Mapped[str]
    kind: Mapped[str]
    customer_id: Mapped[UUID | None]
    known_at: Mapped[datetime]
    """The service's clock under the customer's row lock, strictly rising for a customer."""
    day: Mapped[date | None]
    currency: Mapped[str | None]
    units: Mapped[int]
    gross: Mapped[int] = mapped_column(AMOUNT)
    margin: Mapped[int] = mapped_column(AMOUNT)
    detail: Mapped[dict[str, Any] | None]


class Customer(Table):
    """A customer's facts, folded, and what was last said: one row to lock, to read and to write."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_value_at_risk", "value_at_risk", "customer_id"),
        Index("ix_customer_model_version_scored_day", "model_version", "scored_day"),
        Index("ix_customer_root", "root", postgresql_where=text("root IS NOT NULL")),
        UNCOMPRESSED_ROWS,
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    facts: Mapped[str]
    facts_version: Mapped[int] = mapped_column(default=0)
    known_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    """The aggversion of the last event about this customer."""
    scored_day: Mapped[date | None]
    model_version: Mapped[str | None]
    amount: Mapped[Decimal | None]
    potential: Mapped[Decimal | None]
    loyalty: Mapped[Decimal | None]
    probability: Mapped[Decimal | None]
    value_at_risk: Mapped[Decimal | None]
    numbers: Mapped[str | None]
    """All published numbers, to see whether one changed."""
    root: Mapped[UUID | None]
    """Follows from the aliases: the survivor of a family of merged customers, on all their rows."""
    told_breaks: Mapped[str | None]
    """By category the last purchase before the break of its rhythm that was last told."""

    def summary(self) -> dict[str, Any]:
        head = {"customer_id": self.customer_id, "scored_day": self.scored_day, "model_version": self.model_version}
        told: dict[str, Any] = json.loads(self.numbers or "{}")
        return head | told


class Alias(Table):
    """From a version of the member on: whom it is merged into, or nobody. Only appended, the highest version holds."""

    __tablename__ = "alias"

    member: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    survivor: Mapped[UUID | None] = mapped_column(index=True)
    known_at: Mapped[datetime]


class History(Table):
    """What was said of a customer from a moment on; written once, never again."""

    __tablename__ = "history"
    __table_args__ = UNCOMPRESSED_ROWS

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    known_at: Mapped[datetime] = mapped_column(primary_key=True)
    said: Mapped[str]
    """As `said.say` writes it: without the key of the row, each list of evidence once."""


class ModelVersion(Table):
    """Parameters with the diagnostics of their fit; JSON, never pickled."""

    __tablename__ = "model"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(unique=True)
    parameters: Mapped[dict[str, Any]]
    diagnostics: Mapped[dict[str, Any]]
    portfolio: Mapped[dict[str, Any] | None]
    """Cut-offs, clusters and how the customers of the fit lay in them; None where nothing was fitted."""
    created_at: Mapped[datetime]

    def read(self) -> Model:
        return from_json(self.parameters)


class Promotion(Table):
    """Which model was in force from when on."""

    __tablename__ = "promotion"

    promoted_at: Mapped[datetime] = mapped_column(primary_key=True)
    model_version: Mapped[str]


class Champion(Table):
    """One row: batches read it FOR SHARE, a promotion takes it FOR UPDATE."""

    __tablename__ = "champion"
    __table_args__ = (CheckConstraint("one", name="only_one"),)

    one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    model_version: Mapped[str]
    time_zone: Mapped[str | None]
    """Whose days scores are computed for, as agreed at the first start; None until then."""


class Fit(Table):
    """A fit that somebody asked for, and how it ended."""

    __tablename__ = "fit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    observed_until: Mapped[date | None]
    penalty: Mapped[float]
    promote: Mapped[bool]
    scheduled: Mapped[bool] = mapped_column(default=False)
    """Asked for by the clock, not by a caller."""
    state: Mapped[str]
    problem: Mapped[str | None]
    model_version: Mapped[str | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Drift(Table):
    """What was found on a day when the model in force was watched."""

    __tablename__ = "drift"

    measure: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    """Of the calibration the last one of the month that is judged."""
    model_version: Mapped[str]
    """In force at the end of that day."""
    customers: Mapped[int]
    figure: Mapped[float | None]
    """None where there were too few customers."""
    detail: Mapped[dict[str, Any]]
