"""Tickets of Zendesk: the JSON export and API with `metric_set`, and CSV of views and of the export. Pure."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from heed.convert.losses import Losses
from heed.convert.options import Options
from heed.convert.records import Record
from heed.convert.tickets import Ticket, parse_moment

SYSTEM = "Zendesk"
STATUSES = {
    "new": "received", "open": "accepted", "pending": "waiting", "hold": "accepted", "on-hold": "accepted",
    "solved": "resolved", "closed": "closed",
}  # fmt: skip
SEVERITIES = {"low": "minor", "normal": "minor", "high": "major", "urgent": "critical"}
KINDS = {"question": "enquiry", "task": "service_request", "incident": "complaint", "problem": "complaint"}
CHANNELS = {
    "email": "mail", "mail": "mail", "web": "web", "web_form": "web", "mobile": "web", "mobile_sdk": "web",
    "web_widget": "web", "voice": "phone", "phone": "phone", "phone_call": "phone", "chat": "chat",
    "native_messaging": "chat", "messaging": "chat", "twitter": "social", "facebook": "social", "any_channel": "social",
}  # fmt: skip
KNOWN = frozenset((
    *("id", "url", "subject", "raw_subject", "description", "status", "priority", "type", "ticket_type", "via"),
    *("requester_id", "requester", "requester_email", "assignee_id", "assignee", "created_at", "updated_at", "tags"),
    *("metric_set", "initially_assigned_at", "assigned_at", "solved_at", "first_reply_time_in_minutes", "channel"),
    *("solved_at", "updated_at", "status_updated_at", "reopens"),
))  # fmt: skip


def to_ticket(record: Record, options: Options, losses: Losses) -> Ticket | None:
    """Return the ticket, or None for one that is not converted. Raises `MomentUnreadable`."""
    metrics: dict[str, Any] = record | (record.get("metric_set") or {})
    number, created = record.get("id"), record.get("created_at")
    status = str(record.get("status") or "").strip().lower()
    if not number or not created:
        losses.skip("no id or no creation")
        return None
    if status not in STATUSES:
        losses.skip(f"status {status or '(empty)'}")
        return None
    losses.unread(record, known=KNOWN)
    if int(metrics.get("reopens") or 0):
        losses.note("reopenings, whose moments the export does not have")
    zone = options.zone
    received_at = parse_moment(created, zone=zone)
    assert received_at is not None  # noqa: S101 - it is not empty
    minutes = _first_reply(metrics)
    kind = str(record.get("type") or record.get("ticket_type") or "").lower()
    priority = str(record.get("priority") or "").lower()
    channel = str(_channel(record)).lower().replace(" ", "_")
    return Ticket(
        external_id=f"zendesk-{number}",
        system=SYSTEM,
        customer=_customer(record),
        channel=losses.map("channel", channel, to=CHANNELS.get(channel, "other")),
        kind=losses.map("type", kind, to=KINDS.get(kind, "complaint")),
        category=options.category_of([kind, *_tags(record)]),
        severity=losses.map("priority", priority, to=SEVERITIES.get(priority, "minor")),
        subject=str(record.get("subject") or ""),
        text=str(record.get("description") or ""),
        received_at=received_at,
        status=losses.map("status", status, to=STATUSES[status]),
        accepted_at=parse_moment(metrics.get("initially_assigned_at"), zone=zone),
        contacted_at=None if minutes is None else received_at + timedelta(minutes=minutes),
        resolved_at=parse_moment(metrics.get("solved_at"), zone=zone),
        agent=_agent(record),
        changed_at=_changed_at(metrics, zone),
    )


def _changed_at(metrics: dict[str, Any], zone: ZoneInfo) -> datetime | None:
    return parse_moment(metrics.get("status_updated_at") or metrics.get("updated_at"), zone=zone)


def _first_reply(metrics: dict[str, Any]) -> float | None:
    reply = metrics.get("reply_time_in_minutes")
    minutes = reply.get("calendar") if isinstance(reply, dict) else metrics.get("first_reply_time_in_minutes")
    return None if minutes in (None, "") else float(str(minutes))


def _channel(record: Record) -> object:
    via = record.get("via")
    return via.get("channel") if isinstance(via, dict) else record.get("channel") or via or ""


def _agent(record: Record) -> str | None:
    assignee = record.get("assignee") or record.get("assignee_id")
    name = assignee.get("name") if isinstance(assignee, dict) else assignee
    return None if not name else str(name)[:200]


def _tags(record: Record) -> list[str]:
    tags = record.get("tags") or []
    return tags.split() if isinstance(tags, str) else [str(tag) for tag in tags]


def _customer(record: Record) -> Record | None:
    requester = record.get("requester")
    own = requester if isinstance(requester, dict) else {"name": requester, "email": record.get("requester_email")}
    number = record.get("requester_id") or own.get("id")
    if not number:
        return None
    customer = {
        "external_id": f"zendesk-{number}",
        "kind": "individual",
        "name": str(own.get("name") or f"Zendesk requester {number}")[:200],
    }
    return customer | ({"mail": str(own["email"])} if own.get("email") else {})
