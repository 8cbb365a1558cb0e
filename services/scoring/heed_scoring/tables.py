"""Tables of scoring: the ledger is the source of truth; the rest is its fold, models, and published scores.

Facts, numbers and history are stored as JSON text: no query searches in them, and converting text to `jsonb` and back
was a third of what an event cost the database. Rows up to a page stay uncompressed for the same reason.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from heed_common.table_metadata import COLUMN_TYPES, ROOM_FOR_UPDATES, UNCOMPRESSED_ROWS, service_metadata
from heed_scoring.engine.model import Model, from_json

AMOUNT = Numeric(28, 0)
"""A thousand lines of a billion times a million are more than 64 bits of 1/10 000."""


class Table(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = COLUMN_TYPES | {dict[str, Any]: JSONB, int: BigInteger}


class Ledger(Table):
    """Every event that scoring has read, retained forever."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_customer_id_recorded_at", "customer_id", "recorded_at"),
        Index(
            "ix_ledger_complaint_id", text("(payload ->> 'complaint_id')"), postgresql_where=text("kind = 'complaint'")
        ),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0 for the event's own customer; further customers of the event have rows of their own."""
    type: Mapped[str]
    kind: Mapped[str]
    customer_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    """The service's clock under the customer's row lock, strictly rising for a customer."""
    day: Mapped[date | None]
    currency: Mapped[str | None]
    units: Mapped[int]
    gross: Mapped[int] = mapped_column(AMOUNT)
    margin: Mapped[int] = mapped_column(AMOUNT)
    payload: Mapped[dict[str, Any] | None]


class Customer(Table):
    """A customer's score of the day, and the row to lock for every change of the customer.

    The daily refresh rewrites all rows, so they are narrow, have room beside them, and no index on what it changes: a
    row's new version stays on its page, and no index learns of it.
    """

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_published_value_at_risk", "published_value_at_risk", "customer_id"),
        Index("ix_customer_survivor_id", "survivor_id", postgresql_where=text("survivor_id IS NOT NULL")),
        ROOM_FOR_UPDATES,
    )

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    survivor_id: Mapped[UUID | None]
    """Follows from the aliases: the survivor of a family of merged customers, on the rows of all its members."""
    scored_on: Mapped[date | None]
    model_version: Mapped[str | None]
    value_amount: Mapped[Decimal | None]
    potential: Mapped[Decimal | None]
    loyalty: Mapped[Decimal | None]
    probability: Mapped[Decimal | None]
    value_at_risk: Mapped[Decimal | None]
    published_value_at_risk: Mapped[Decimal | None]
    """The one of the published numbers, which lists show and are sorted by; it changes with them only."""


class CustomerFacts(Table):
    """A customer's folded facts and what was published of them: written by events, read by the daily refresh.

    Changed only under the lock of the customer's row.
    """

    __tablename__ = "customer_facts"
    __table_args__ = UNCOMPRESSED_ROWS

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    facts: Mapped[str]
    facts_version: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    """The aggversion of the last event about this customer."""
    published_numbers: Mapped[str | None]
    """JSON of `score_document.serialize_numbers`, to see whether a number changed."""
    announced_breaks: Mapped[str | None]
    """By category the last purchase before the break of its rhythm that was announced last."""


class Alias(Table):
    """The customer that a member is merged into from a version of the member on; None after an un-merge.

    Rows are only appended; the highest version is in force.
    """

    __tablename__ = "alias"

    member: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    survivor: Mapped[UUID | None] = mapped_column(index=True)
    recorded_at: Mapped[datetime]


class History(Table):
    """The published score of a customer from a moment on; never updated."""

    __tablename__ = "history"
    __table_args__ = UNCOMPRESSED_ROWS

    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True)
    document: Mapped[str]
    """As `score_document.serialize` writes it."""


class ModelVersion(Table):
    """Parameters with the diagnostics of their fit; JSON, never pickled."""

    __tablename__ = "model"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(unique=True)
    parameters: Mapped[dict[str, Any]]
    diagnostics: Mapped[dict[str, Any]]
    portfolio: Mapped[dict[str, Any] | None]
    """Cut-offs, clusters and the customers of the fit in them; None where nothing was fitted."""
    created_at: Mapped[datetime]

    def read(self) -> Model:
        return from_json(self.parameters)


class Promotion(Table):
    """The model in force from a moment on."""

    __tablename__ = "promotion"

    promoted_at: Mapped[datetime] = mapped_column(primary_key=True)
    model_version: Mapped[str]


class Champion(Table):
    """The model in force, in one row: batches lock it FOR SHARE, a promotion FOR UPDATE."""

    __tablename__ = "champion"
    __table_args__ = (CheckConstraint("id", name="only_one"),)

    id: Mapped[bool] = mapped_column(primary_key=True, default=True)
    model_version: Mapped[str]
    time_zone: Mapped[str | None]
    """Zone of the days that scores are computed for, stored at the first start; None until then."""


class Fit(Table):
    """A requested fit and its result."""

    __tablename__ = "fit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    observed_until: Mapped[date | None]
    penalty: Mapped[float]
    promote: Mapped[bool]
    scheduled: Mapped[bool] = mapped_column(default=False)
    """Requested by the schedule, not by a caller."""
    state: Mapped[str]
    problem: Mapped[str | None]
    model_version: Mapped[str | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Drift(Table):
    """Finding of one drift check of the model in force."""

    __tablename__ = "drift"

    measure: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    """For the calibration the last day of its month."""
    model_version: Mapped[str]
    """In force at the end of that day."""
    customers: Mapped[int]
    value: Mapped[float | None]
    """None where there were too few customers."""
    detail: Mapped[dict[str, Any]]
