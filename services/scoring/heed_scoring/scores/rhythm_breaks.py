"""Each break is told once: a customer's row remembers the last purchase of every break that was told."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from heed_common.contracts.scoring import RhythmBroken
from heed_common.outbox import SerializedEvent
from heed_common.text import comparison_key
from heed_scoring.engine import rhythms
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.rhythms import Kind, Line
from heed_scoring.identities.customer_row import CustomerState

NOTHING = Decimal(0)


def breaks(
    states: Sequence[CustomerState], seen: Sequence[Features], *, day: date, now: datetime
) -> list[SerializedEvent]:
    """What of these locked customers was not told yet; from here on it is.

    A later purchase heals: a break after it has another last purchase, so it is another break. A purchase that came
    back does not bring an older break back, because only a later last purchase than the one that was told is news.
    """
    written = []
    for state, found in zip(states, rhythms.broken_as_seen(seen, day=day), strict=True):
        if not found:
            continue
        told: dict[str, int] = json.loads(state.told_breaks or "{}")
        for line, kind in found:
            if line.last > told.get(_key(line), 0):
                told[_key(line)] = line.last
                written.append(_event(state, line, kind, now=now))
                state.new_breaks = json.dumps(told)
    return written


def _key(line: Line) -> str:
    """A category has a name, so the empty one is free for everything. It may come to be written otherwise."""
    return comparison_key(line.category or "")


def _event(state: CustomerState, line: Line, kind: Kind, *, now: datetime) -> SerializedEvent:
    event = RhythmBroken(
        occurred_at=now,
        customer_id=state.customer_id,
        kind=kind,
        category=line.category,
        last_bought=date.fromordinal(line.last),
        usual_interval_days=line.usual_interval or NOTHING,
    )
    subject = str(state.customer_id)
    return SerializedEvent(RhythmBroken, subject, subject, event.model_dump_json(), state.next_version())
