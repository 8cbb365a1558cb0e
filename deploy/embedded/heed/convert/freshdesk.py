"""Tickets of Freshdesk: the API with `include=stats,requester,description`, and the CSV export. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from heed.convert.losses import Losses
from heed.convert.options import Options
from heed.convert.records import Record
from heed.convert.tickets import Ticket, parse_moment

SYSTEM = "Freshdesk"
STATUSES = {
    "2": "accepted", "open": "accepted", "3": "waiting", "pending": "waiting", "4": "resolved", "resolved": "resolved",
    "5": "closed", "closed": "closed", "6": "waiting", "waiting on customer": "waiting",
    "7": "accepted", "waiting on third party": "accepted",
}  # fmt: skip
SEVERITIES = {
    "1": "minor", "low": "minor", "2": "minor", "medium": "minor", "3": "major", "high": "major",
    "4": "critical", "urgent": "critical",
}  # fmt: skip
CHANNELS = {
    "1": "mail", "email": "mail", "2": "web", "portal": "web", "3": "phone", "phone": "phone", "7": "chat",
    "chat": "chat", "9": "web", "feedback widget": "web", "10": "mail", "outbound email": "mail",
    "5": "social", "twitter": "social", "6": "social", "facebook": "social",
}  # fmt: skip
KINDS = {
    "question": "enquiry", "service task": "service_request", "service request": "service_request",
    "feature request": "suggestion", "incident": "complaint", "problem": "complaint", "refund": "complaint",
}  # fmt: skip
KNOWN = frozenset((
    *("id", "ticket_id", "subject", "description", "description_text", "status", "priority", "source", "type", "tags"),
    *("requester_id", "requester", "responder_id", "agent", "full_name", "email", "contact_id", "created_at"),
    *("created_time", "updated_at", "last_update_time", "stats", "resolved_time", "closed_time"),
    *("initial_response_time", "first_responded_at", "resolved_at", "closed_at", "pending_since"),
))  # fmt: skip


def to_ticket(record: Record, options: Options, losses: Losses) -> Ticket | None:
    """Return the ticket, or None for one that is not converted. Raises `MomentUnreadable`."""
    stats: Record = record.get("stats") or {}
    number = record.get("id") or record.get("ticket_id")
    created = record.get("created_at") or record.get("created_time")
    status = str(record.get("status") or "").strip().lower()
    if not number or not created:
        losses.skip("no id or no creation")
        return None
    if status not in STATUSES or record.get("spam") or record.get("deleted"):
        losses.skip("spam or deleted" if status in STATUSES else f"status {status or '(empty)'}")
        return None
    losses.unread(record, known=KNOWN)
    if stats.get("reopened_at"):
        losses.note("reopenings: the first resolution is not in the export")
    priority, source = (str(record.get(name) or "").strip().lower() for name in ("priority", "source"))
    kind, tags = str(record.get("type") or "").strip().lower(), record.get("tags") or []
    tags = [tag.strip() for tag in tags.split(",")] if isinstance(tags, str) else [str(tag) for tag in tags]
    zone = options.zone
    received_at = parse_moment(created, zone=zone)
    assert received_at is not None  # noqa: S101 - it is not empty
    responded = parse_moment(stats.get("first_responded_at") or _moment_of_reply(record), zone=zone)
    return Ticket(
        external_id=f"freshdesk-{number}",
        system=SYSTEM,
        customer=_customer(record),
        channel=losses.map("source", source, to=CHANNELS.get(source, "other")),
        kind=losses.map("type", kind, to=KINDS.get(kind, "complaint")),
        category=options.category_of([kind, *tags]),
        severity=losses.map("priority", priority, to=SEVERITIES.get(priority, "minor")),
        subject=str(record.get("subject") or ""),
        text=str(record.get("description_text") or record.get("description") or ""),
        received_at=received_at,
        status=losses.map("status", status, to=_status(STATUSES[status], has_reply=responded is not None)),
        contacted_at=responded,
        waiting_since=parse_moment(stats.get("pending_since"), zone=zone),
        resolved_at=parse_moment(stats.get("resolved_at") or record.get("resolved_time"), zone=zone),
        closed_at=parse_moment(stats.get("closed_at") or record.get("closed_time"), zone=zone),
        agent=_agent(record),
        changed_at=_changed_at(record, zone),
    )


def _changed_at(record: Record, zone: ZoneInfo) -> datetime | None:
    return parse_moment(record.get("updated_at") or record.get("last_update_time"), zone=zone)


def _status(status: str, *, has_reply: bool) -> str:
    """Return the state; an open ticket without a reply is not taken up yet."""
    return "received" if status == "accepted" and not has_reply else status


def _moment_of_reply(record: Record) -> object:
    """Return the cell, which is a moment in some exports and a duration in others."""
    cell = str(record.get("initial_response_time") or "")
    return cell if "-" in cell else None


def _agent(record: Record) -> str | None:
    agent = record.get("agent") or record.get("responder_id")
    return None if not agent or agent == "No Agent" else str(agent)[:200]


def _customer(record: Record) -> Record | None:
    requester: Record = record.get("requester") or {}
    number = record.get("requester_id") or record.get("contact_id") or requester.get("id")
    if not number:
        return None
    name = requester.get("name") or record.get("full_name") or f"Freshdesk contact {number}"
    mail = requester.get("email") or record.get("email")
    customer = {"external_id": f"freshdesk-{number}", "kind": "individual", "name": str(name)[:200]}
    return customer | ({"mail": str(mail)} if mail else {})
