"""What is said of a customer: a score with its moment, its cause and what was said before, as others read it.

Scores are written straight as JSON, because building objects for a serializer took most of an event's time.
Everything in them is ours and needs no escaping, but for the currencies, which come from outside.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json

from heed_scoring.engine.churn.churn import Risk
from heed_scoring.engine.decimal_text import Factor
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.score import Score
from heed_scoring.ledger.entry import LedgerRow

MOST_EVIDENCE = 50
Said = dict[str, Any]
"""The score in the shape of the outside contract, as JSON."""


class Cause(NamedTuple):
    """The event that moved the numbers, or the passing of time."""

    type: str
    event_id: str | None = None
    traceparent: str | None = None

    def written(self) -> str:
        known = "" if self.event_id is None else f'"event_id":"{self.event_id}",'
        return f'{{{known}"type":"{self.type}"}}'


class Saying(NamedTuple):
    """A score with its factors, of whom it is said, when, by which model, and why."""

    score: Score
    factors: list[Factor]
    customer_id: UUID
    at: datetime
    model_version: str
    cause: Cause


TIME = Cause("time")


def cause_of(row: LedgerRow) -> Cause:
    return Cause(row.type, str(row.event_id), row.traceparent)


def numbers(score: Score) -> str:
    """What counts as a change when it differs. Probabilities and indices are numbers, money is decimal strings."""
    loyalty, risk = score.loyalty, score.risk
    return (
        f'{{"value":{money(score)},"loyalty":{{"index":{_or_null(loyalty.points)},'
        f'"class":{quoted(loyalty.loyalty_class)},"behaviour":{_or_null(loyalty.behaviour)},'
        f'"attitude":{_or_null(loyalty.attitude)},"coverage":{loyalty.coverage}}},'
        f'"churn_risk":{{"probability":{risk.probability},"horizon_days":{HORIZON_DAYS},"band":"{risk.band}",'
        f'{why(risk)}}},{stage(score)},"complaints":{_complaints(score)},'
        f'"value_at_risk":{{"amount":"{score.value.at_risk}","currency":"{score.currency}"}}}}'
    )


def why(risk: Risk) -> str:
    """The codes that say why the customer would leave or stay."""
    return f'"reason":"{risk.reason}","motives":{ids(risk.motives)},"barriers":{ids(risk.barriers)}'


def stage(score: Score) -> str:
    return f'"lifecycle":{{"stage":"{score.lifecycle.stage}","reason":"{score.lifecycle.reason}"}}'


def _complaints(score: Score) -> str:
    """What stands and falls with each open complaint; for most customers there is none."""
    told = [
        f'{{"complaint_id":"{one.complaint_id}","risk_if_resolved_quickly":{one.risk_if_resolved_quickly},'
        f'"risk_if_unresolved":{one.risk_if_unresolved},'
        f'"expected_value_saved":{{"amount":"{one.expected_value_saved}","currency":"{score.currency}"}}}}'
        for one in score.saved
    ]
    return f"[{','.join(told)}]"


def money(score: Score) -> str:
    value = score.value
    return (
        f'{{"amount":"{value.amount}","currency":"{score.currency}","current":"{value.current}",'
        f'"potential":"{value.potential}","tier":"{value.tier}","method":"{value.method}"}}'
    )


def read_numbers(told: str | None) -> Said | None:
    return None if told is None else from_json(told)


def say(saying: Saying, told: str, *, before: Said | None) -> str:
    """As history keeps it: `told` are its numbers; lists of evidence stand once, factors name their place."""
    places: dict[tuple[str, ...], int] = {}
    factors = [
        f'["{name}","{factor}",{ids(seen)},"{contribution}",{places.setdefault(evidence, len(places))}]'
        for name, factor, seen, contribution, evidence in saying.factors
    ]
    return (
        f'{{"model_version":"{saying.model_version}",{told[1:-1]},'
        f'"coverage":{{"currencies_left_out":{json.dumps(saying.score.seen.unknown_currencies)}}},'
        f'"evidence":[{",".join(map(ids, places))}],"explanation":[{",".join(factors)}],'
        f'"caused_by":{saying.cause.written()},"previous":{_previous(before)}}}'
    )


def read(customer_id: UUID, stored: str, *, at: datetime) -> Said:
    """What `say` wrote, of that customer at that moment, in the shape of the outside contract."""
    kept: Said = from_json(stored)
    evidence = kept.pop("evidence")
    kept["explanation"] = [_read_factor(factor, evidence) for factor in kept["explanation"]]
    return {"customer_id": str(customer_id), "as_of": moment(at)} | kept


@lru_cache(maxsize=64)
def short_moment(at: datetime) -> str:
    """Without microseconds where there are none."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def ids(evidence: tuple[str, ...]) -> str:
    """A JSON list of identifiers and codes: nothing in them needs escaping. Of many events the newest are named."""
    return '["' + '","'.join(evidence[-MOST_EVIDENCE:]) + '"]' if evidence else "[]"


def quoted(word: object) -> str:
    return "null" if word is None else f'"{word}"'


def _read_factor(factor: Sequence[Any], evidence: Sequence[Sequence[str]]) -> dict[str, Any]:
    score, name, seen, contribution, place = factor
    return {
        "score": score,
        "factor": name,
        "seen": seen,
        "contribution": contribution if score == "value" else float(contribution),
        "evidence": evidence[place],
    }


def _previous(before: Said | None) -> str:
    """The three numbers that stood before."""
    if before is None:
        return "null"
    risk, loyalty, value = before["churn_risk"]["probability"], before["loyalty"]["index"], before["value"]["amount"]
    return f'{{"churn_risk":{risk},"loyalty":{_or_null(loyalty)},"value":"{value}"}}'


def _or_null(number: object) -> str:
    return "null" if number is None else str(number)
