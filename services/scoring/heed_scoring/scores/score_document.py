"""Score document: the JSON form of a score with its explanation, cause and previous values, as stored in history.

The stored text is shorter than the document that callers read: it lacks the key of its row, a factor is its number and
its contribution in units of the last digit, and lists of evidence are written once and named by their index.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json

from heed_scoring.engine import explanation
from heed_scoring.engine.decimal_text import amount_digits
from heed_scoring.engine.explanation import Explanation
from heed_scoring.engine.score import Score
from heed_scoring.engine.score_fields import document_fields, number
from heed_scoring.ledger.entry import LedgerRow

ScoreDocument = dict[str, Any]
"""The score as JSON in the shape of the HTTP contract."""


class PublishedScore(NamedTuple):
    """A customer in a list: the last published numbers, and the value at risk among them by which lists are sorted."""

    customer_id: UUID
    scored_on: date | None
    model_version: str | None
    numbers: str | None
    value_at_risk: Decimal | None

    def summary(self) -> ScoreDocument:
        head = {"customer_id": self.customer_id, "scored_day": self.scored_on, "model_version": self.model_version}
        return head | (parse_numbers(self.numbers) or {})


class Cause(NamedTuple):
    """The event that changed the numbers, or the passing of time."""

    type: str
    event_id: str | None = None
    traceparent: str | None = None

    def to_json(self) -> str:
        event = "" if self.event_id is None else f'"event_id":"{self.event_id}",'
        return f'{{{event}"type":"{self.type}"}}'


class ScoreStatement(NamedTuple):
    """A score with its explanation, its customer, its moment, its model and its cause."""

    score: Score
    explanation: Explanation
    customer_id: UUID
    at: datetime
    model_version: str
    cause: Cause


TIME_PASSED = Cause("time")


def cause_of(row: LedgerRow) -> Cause:
    return Cause(row.type, row.event_id, row.traceparent)


def serialize_numbers(score: Score) -> str:
    """Return the published numbers as JSON: a score has changed if this text differs."""
    return f"{{{document_fields(score)}}}"


def parse_numbers(numbers: str | None) -> ScoreDocument | None:
    return None if numbers is None else from_json(numbers)


def serialize(statement: ScoreStatement, numbers: str, *, previous: ScoreDocument | None) -> str:
    """Return the text that history stores; `numbers` are those of `serialize_numbers`."""
    left_out = statement.score.seen.unknown_currencies  # They come from outside: only they need escaping.
    return (
        f'{{"model_version":"{statement.model_version}",{numbers[1:-1]},'
        f'"coverage":{{"currencies_left_out":{json.dumps(left_out) if left_out else "[]"}}},'
        f"{statement.explanation.to_history()},"
        f'"caused_by":{statement.cause.to_json()},"previous":{_previous(previous)}}}'
    )


def parse(customer_id: UUID, stored: str, *, at: datetime) -> ScoreDocument:
    """Return the document of a text of `serialize`, for that customer at that moment."""
    document: ScoreDocument = from_json(stored)
    evidence, digits = document.pop("evidence"), amount_digits(document["value"]["amount"])
    document["explanation"] = explanation.from_history(document["explanation"], evidence, digits=digits)
    return {"customer_id": str(customer_id), "as_of": format_timestamp(at)} | document


@lru_cache(maxsize=64)
def format_short_timestamp(at: datetime) -> str:
    """Return the moment without microseconds where there are none."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _previous(document: ScoreDocument | None) -> str:
    if document is None:
        return "null"
    risk, loyalty = document["churn_risk"]["probability"], document["loyalty"]["index"]
    return f'{{"churn_risk":{risk},"loyalty":{number(loyalty)},"value":"{document["value"]["amount"]}"}}'
