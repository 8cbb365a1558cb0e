"""Validation of backdated pauses. Pure."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from heed_common.occurrence import InTheFuture, OutOfOrder
from heed_complaint.lifecycle.backdated_pauses.errors import PauseOverlaps
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.pauses import Pause, PauseReason


def check_pause(resolution: Clock, *, since: datetime, until: datetime, received_at: datetime, now: datetime) -> None:
    """Raise an error unless the pause lies between receipt and end of work, is over, and overlaps no other."""
    if until > now:
        raise InTheFuture(
            "A pause of the past has ended; one that lasts is begun with wait_for_customer.", pointer="/until"
        )
    if until <= since:
        raise OutOfOrder("A pause does not end before it begins.", pointer="/until")
    if since < received_at:
        raise OutOfOrder("Nobody waited for the customer before the complaint was received.", pointer="/since")
    if resolution.stopped_at is not None and until > resolution.stopped_at:
        raise OutOfOrder("Nobody waited for the customer after the work had ended.", pointer="/until")
    effective = (*resolution.ledger, *_rests(resolution))
    known = [pause for pause in effective if pause.start < until and (pause.end is None or since < pause.end)]
    if known:
        raise PauseOverlaps(known)


def _rests(resolution: Clock) -> Iterator[Pause]:
    """Return the time between the end of one clock and the start of the next, as pauses."""
    for before, after in pairwise((*resolution.earlier, resolution)):
        if before.stopped_at is not None and after.runs and before.stopped_at < after.runs[0].started_at:
            yield Pause(before.stopped_at, after.runs[0].started_at, PauseReason.CLOSED)
