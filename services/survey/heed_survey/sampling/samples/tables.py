"""Tables of samples and their members."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Sample(Table):
    """A sample of customers. It does not change any more."""

    __tablename__ = "sample"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    method: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As it was made: with the same frame it gives the same members."""
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Sizes, strata, clusters and weights, as the response shows them."""
    created_at: Mapped[datetime]


class SampleMember(Table):
    """A member of a sample with its design."""

    __tablename__ = "sample_member"

    sample_id: Mapped[UUID] = mapped_column(ForeignKey("sample.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    weight: Mapped[float | None]
    """Empty in a quota sample, whose members have no known probability."""
    stratum: Mapped[str | None]
    cluster: Mapped[str | None]
    population: Mapped[int | None]
    """First-stage units in the stratum: customers, or clusters where clusters were drawn."""
    second_population: Mapped[int | None]
    """Customers in the cluster, where clusters were drawn."""
