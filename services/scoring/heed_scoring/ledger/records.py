"""Records inside the facts of a customer.

States are `TypedDict`s, because they are stored as JSON objects: reading them costs nothing and writing them changes no
byte. Records that are stored as JSON arrays are plain tuples: named ones take three times as long to serialize.
"""

from typing import NotRequired, TypedDict

from heed_scoring.ledger.entry import REMOVED_FROM_CUSTOMER

Totals = list[int]
"""Units, gross and margin of one day in one currency, in integers of 1/10 000."""


DatedEvent = tuple[str, str]
"""The business day on which an event counts, as an ISO date, and the event."""

Answer = tuple[str, str, int]
"""An answer to a survey item: moment (ISO), event, and level from 0 to 10 000."""


class ItemAnswers(TypedDict):
    """The best and the last answer to a survey item, and the number of answers."""

    best: Answer
    last: Answer
    count: int


class ComplaintState(TypedDict):
    """State of a complaint at one version; days are ISO dates."""

    version: int
    severity: str
    state: str
    category: str
    received: str
    opened: str
    completed: str | None
    ended: str | None
    within_target: bool | None
    solved: bool | None
    breached: bool
    confidential: NotRequired[bool]
    event: str
    """The event that carried this version."""


class RemedyState(TypedDict):
    """Cost of a remedy at one version of its complaint."""

    version: int
    event: str
    day: str
    currency: str
    cost: int


def latest(one: DatedEvent | None, other: DatedEvent | None) -> DatedEvent | None:
    """Return the later event; of one day the one with the greater id."""
    if one is None or other is None:
        return one or other
    return max(one, other)


def better_answer(one: Answer, other: Answer) -> Answer:
    """Return the answer of the higher level; of equal ones the newer."""
    return max(one, other, key=lambda answer: (answer[2], answer))


def newer_state(one: ComplaintState, other: ComplaintState) -> ComplaintState:
    """Return the state of the higher version of a complaint.

    A version that moves a complaint between two merged customers removes it from the first and gives its state to the
    second: then the complaint is theirs.
    """

    def precedence(state: ComplaintState) -> tuple[int, bool, str]:
        return state["version"], state["state"] != REMOVED_FROM_CUSTOMER, state["event"]

    return max(one, other, key=precedence)


def newer_remedy(one: RemedyState, other: RemedyState) -> RemedyState:
    """Return the state of a remedy at the higher version of its complaint."""
    return max(one, other, key=lambda state: (state["version"], state["event"]))
