"""Events of scores: changed numbers, crossed thresholds and broken purchase rhythms."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from heed_common.contracts.scoring import RhythmBroken, ScoreChanged, ThresholdCrossed
from heed_common.outbox import SerializedEvent
from heed_common.text import comparison_key
from heed_scoring.engine import rhythms
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.rhythms import BreakKind, PurchaseSeries
from heed_scoring.engine.score import ThresholdCrossing
from heed_scoring.engine.score_fields import event_fields, quote
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.scores.score_document import ScoreStatement, format_short_timestamp

ZERO = Decimal(0)


def score_changed(statement: ScoreStatement, *, version: int) -> SerializedEvent:
    """Return the score as `ScoreChanged`, letter for letter as the contract would serialize it."""
    cause, subject = statement.cause, str(statement.customer_id)
    before, after = event_fields(statement.score)
    data = (
        f'{{"occurred_at":"{format_short_timestamp(statement.at)}","customer_id":"{subject}",'
        f'"model_version":"{statement.model_version}",{before},"explanation":{statement.explanation.to_event()},'
        f'"caused_by_event_id":{quote(cause.event_id)},"caused_by_type":"{cause.type}",{after}}}'
    )
    return SerializedEvent(ScoreChanged, subject, subject, data, version, cause.event_id, cause.traceparent)


def threshold_crossed(statement: ScoreStatement, crossing: ThresholdCrossing, *, version: int) -> SerializedEvent:
    """Return the crossing as `ThresholdCrossed`, beside the `ScoreChanged` of the same moment."""
    cause, subject = statement.cause, str(statement.customer_id)
    data = (
        f'{{"occurred_at":"{format_short_timestamp(statement.at)}","customer_id":"{subject}",'
        f'"score":"{crossing.score}","from":"{crossing.before}","to":"{crossing.after}",'
        f'"direction":"{crossing.direction}","caused_by_event_id":{quote(cause.event_id)},'
        f'"caused_by_type":"{cause.type}"}}'
    )
    return SerializedEvent(ThresholdCrossed, subject, subject, data, version, cause.event_id, cause.traceparent)


def rhythm_breaks(
    customers: Sequence[LockedCustomer], seen: Sequence[Features], *, day: date, now: datetime
) -> list[SerializedEvent]:
    """Return the breaks of these locked customers that were not announced yet, and mark them announced.

    A later purchase heals: a break after it has another last purchase, so it is another break. A purchase that came
    back does not announce an older break again, because only a later last purchase than the announced one is new.
    """
    events = []
    for customer, found in zip(customers, rhythms.broken_from_features(seen, day=day), strict=True):
        if not found:
            continue
        announced: dict[str, int] = json.loads(customer.announced_breaks or "{}")
        for series, kind in found:
            if series.last > announced.get(_category_key(series), 0):
                announced[_category_key(series)] = series.last
                events.append(_rhythm_broken(customer, series, kind, now=now))
                customer.new_announced_breaks = json.dumps(announced)
    return events


def _category_key(series: PurchaseSeries) -> str:
    """Return the category independent of its spelling; the empty key is free for all purchases together."""
    return comparison_key(series.category or "")


def _rhythm_broken(
    customer: LockedCustomer, series: PurchaseSeries, kind: BreakKind, *, now: datetime
) -> SerializedEvent:
    event = RhythmBroken(
        occurred_at=now,
        customer_id=customer.customer_id,
        kind=kind,
        category=series.category,
        last_bought=date.fromordinal(series.last),
        usual_interval_days=series.usual_interval or ZERO,
    )
    subject = str(customer.customer_id)
    return SerializedEvent(RhythmBroken, subject, subject, event.model_dump_json(), customer.next_version())
