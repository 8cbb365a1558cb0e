"""Tables of classification: the rules of operators, and the decisions of people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class ClassificationRules(Table):
    """The rules of one aspect in their order. Without a row the defaults apply."""

    __tablename__ = "classification_rules"

    aspect: Mapped[str] = mapped_column(primary_key=True)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class ClassificationOverride(Table):
    """A decision that replaces what the rules derive, or without a value the end of it. The newest row applies."""

    __tablename__ = "classification_override"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    aspect: Mapped[str]
    value: Mapped[str | None]
    reason: Mapped[str | None]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]

    __table_args__ = (Index("ix_classification_override_customer_id", "customer_id", "aspect", "id"),)
