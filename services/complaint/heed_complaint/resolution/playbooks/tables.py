"""Tables of playbooks and remedy limits, with their versions."""

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
    """The first playbook whose condition matches applies."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """All the rest, as the operator wrote it."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class RemedyLimits(Table):
    """General limits in one row; a playbook can replace them."""

    __tablename__ = "remedy_limits"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class RuleVersion(Table):
    """Version of a playbook, the limits or a guarantee, with its author. Rows are added, never changed."""

    __tablename__ = "rule_version"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subject: Mapped[str]
    """Path of the rule, such as `playbooks/calling_card`."""
    at: Mapped[datetime]
    by: Mapped[str]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Empty for a deletion."""

    __table_args__ = (Index("ix_rule_version_subject_seq", "subject", "seq"),)
