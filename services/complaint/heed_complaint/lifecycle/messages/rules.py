"""Who may read what is written about a complaint. Pure."""

from enum import StrEnum


class Visibility(StrEnum):
    INTERNAL = "internal"
    """A note for the desk."""
    CUSTOMER = "customer"
    """Between the desk and the customer: shown on the private page as well."""


class Author(StrEnum):
    DESK = "desk"
    CUSTOMER = "customer"


def author(by: str | None) -> Author:
    """What no caller wrote came from outside."""
    return Author.CUSTOMER if by is None else Author.DESK
