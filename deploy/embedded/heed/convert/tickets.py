"""Tickets of a help desk as complaints with their moves. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from heed.convert.losses import Losses
from heed.convert.records import Record

MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?")
MAX_TEXT = 10_000


class MomentUnreadable(Exception):
    """A moment that is not written as year-month-day and time."""


@dataclass(slots=True)
class Ticket:
    """What both help desks know of a ticket."""

    external_id: str
    system: str
    customer: Record | None
    """Line of the customer; None for an unknown one."""
    channel: str
    kind: str
    category: str
    severity: str
    subject: str
    text: str
    received_at: datetime
    status: str
    """`received`, `accepted`, `waiting`, `resolved` or `closed`."""
    accepted_at: datetime | None = None
    contacted_at: datetime | None = None
    waiting_since: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    agent: str | None = None
    changed_at: datetime | None = None
    moves: list[Record] = field(default_factory=list)


def parse_moment(value: object, *, zone: ZoneInfo) -> datetime | None:
    """Return the moment; one without an offset is in the zone of the account. Raises `MomentUnreadable`."""
    if value in (None, ""):
        return None
    found = MOMENT.fullmatch(str(value).strip())
    if found is None:
        raise MomentUnreadable
    day, time, seconds, offset = found.groups()
    moment = datetime.fromisoformat(f"{day}T{time}{seconds or ':00'}")
    if offset is None:
        return moment.replace(tzinfo=zone).astimezone(UTC)
    if offset in ("Z", "UTC"):
        return moment.replace(tzinfo=UTC)
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return moment.replace(tzinfo=UTC) - sign * timedelta(hours=hours, minutes=minutes)


def to_complaint(ticket: Ticket, losses: Losses) -> Record:
    """Return the line of the complaint: the moves whose moments are known, in an order that is possible."""
    text = "\n\n".join(part for part in (ticket.subject.strip(), ticket.text.strip()) if part) or "(no text)"
    if len(text) > MAX_TEXT:
        losses.note(f"text beyond {MAX_TEXT:,} characters")
    customer = {} if ticket.customer is None else {"customer_external_id": ticket.customer["external_id"]}
    return {
        "external_id": ticket.external_id,
        **customer,
        "kind": ticket.kind,
        "channel": ticket.channel,
        "category": ticket.category,
        "severity": ticket.severity,
        "description": text[:MAX_TEXT].strip(),
        "occurred_at": ticket.received_at.isoformat(),
        "received_at": ticket.received_at.isoformat(),
        "transitions": list(_moves(ticket, losses)),
    }


def _moves(ticket: Ticket, losses: Losses) -> Iterator[Record]:
    """Yield the moves. A moment that lies before the one that it follows is that one."""
    if ticket.status == "received":
        return
    at = ticket.received_at

    def move(action: str, moment: datetime | None, **more: object) -> Record:
        nonlocal at
        at = max(at, moment or at)
        by = {} if ticket.agent is None else {"by": ticket.agent}
        return {"action": action, "at": at.isoformat(), **by, **more}

    resolved = ticket.resolved_at or ticket.closed_at or ticket.changed_at
    is_resolved = ticket.status in ("resolved", "closed")
    begun = (ticket.accepted_at, ticket.contacted_at, resolved if is_resolved else None)
    first = min((one for one in begun if one is not None), default=None)
    yield move("accept", first)
    if ticket.contacted_at is not None and is_resolved and resolved is not None and ticket.contacted_at > resolved:
        losses.note("first reply after the resolution")
    elif ticket.contacted_at is not None:
        yield move("contact", ticket.contacted_at)
    if ticket.status == "waiting":
        yield move("wait_for_customer", ticket.waiting_since or ticket.changed_at, reason=f"Pending in {ticket.system}")
    if is_resolved:
        yield move("complete", resolved, resolution=f"Resolved in {ticket.system}")
    if ticket.status == "closed":
        yield move("close", ticket.closed_at or ticket.changed_at)
