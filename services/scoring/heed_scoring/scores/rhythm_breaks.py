"""Events of broken purchase rhythms. Each break is announced once: the customer's row has the last one announced."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from heed_common.contracts.scoring import RhythmBroken
from heed_common.outbox import SerializedEvent
from heed_common.text import comparison_key
from heed_scoring.engine import rhythms
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.rhythms import BreakKind, PurchaseSeries
from heed_scoring.identities.customer_row import LockedCustomer

ZERO = Decimal(0)


def new_breaks(
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
            if series.last > announced.get(_key(series), 0):
                announced[_key(series)] = series.last
                events.append(_event(customer, series, kind, now=now))
                customer.new_announced_breaks = json.dumps(announced)
    return events


def _key(series: PurchaseSeries) -> str:
    """Return the category independent of its spelling; the empty key is free for all purchases together."""
    return comparison_key(series.category or "")


def _event(customer: LockedCustomer, series: PurchaseSeries, kind: BreakKind, *, now: datetime) -> SerializedEvent:
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
