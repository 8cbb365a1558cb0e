"""What operators have laid down about the handling of complaints."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Playbook(Table):
    __tablename__ = "playbook"

    name: Mapped[str] = mapped_column(primary_key=True)
    order: Mapped[int]
    """The first one whose condition holds is taken."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """All the rest, as operators write it."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class RemedyLimits(Table):
    """One row: how much may be given where no playbook says otherwise."""

    __tablename__ = "remedy_limits"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class RuleVersion(Table):
    """What a playbook, the limits or a guarantee said from when on, and who said so. Rows are added, never changed."""

    __tablename__ = "rule_version"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    thing: Mapped[str]
    """Its path, such as `playbooks/calling_card`."""
    at: Mapped[datetime]
    by: Mapped[str]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Empty where it was taken away."""

    __table_args__ = (Index("ix_rule_version_thing_seq", "thing", "seq"),)
