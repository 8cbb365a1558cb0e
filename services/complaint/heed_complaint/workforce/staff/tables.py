"""Tables of the staff: agents, team queues and the settings of the desk."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table

EMPTY = text("'{}'")


class Agent(Table):
    """A person who handles complaints, by the caller's id."""

    __tablename__ = "agent"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    team: Mapped[str | None]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    """The queues whose complaints the agent takes; none means all."""
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    """Categories, whole or by their first level; none means some skill in all of them."""
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    service_points: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    max_load: Mapped[int]
    is_present: Mapped[bool]
    shifts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Working hours; an agent without them is on duty whenever present."""
    absences: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    handles_confidential: Mapped[bool]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Queue(Table):
    """A team queue, in which complaints wait for an owner."""

    __tablename__ = "queue"

    name: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str | None]
    position: Mapped[int]
    """A complaint goes to the first queue that takes it."""
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    service_points: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=EMPTY)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Desk(Table):
    """The settings of the desk, in one row."""

    __tablename__ = "desk"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    auto_assign: Mapped[bool]
    four_eyes: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
