"""Visibility and authors of messages. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Visibility(StrEnum):
    INTERNAL = "internal"
    """A note for agents only."""
    CUSTOMER = "customer"
    """Between agents and the customer: shown on the private page, too."""


class Author(StrEnum):
    DESK = "desk"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be stored; messages are listed in the order of their ids."""

    id: UUID
    complaint_id: UUID
    at: datetime
    visibility: Visibility
    text: str
    by: str | None
    """None for the customer."""


@dataclass(frozen=True, slots=True)
class VisibleMessage:
    """A message as the customer sees it."""

    at: datetime
    author: Author
    text: str


def author(by: str | None) -> Author:
    """Return the author: a message without a caller is from the customer."""
    return Author.CUSTOMER if by is None else Author.DESK
