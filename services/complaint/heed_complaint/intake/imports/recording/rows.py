"""Rows of complaints of the past. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from heed_common.identifiers import id_of
from heed_complaint.intake.imports.past.moves import PastComplaint
from heed_complaint.intake.imports.past.replay import Entry, Life
from heed_complaint.lifecycle.messages.rules import NewMessage
from heed_complaint.sla.promises.rules import PromiseKind

Row = dict[str, Any]
DEFAULTS: Row = {
    "former_customer_ids": [],
    "customer_corrections": 0,
    "escalation_level": 0,
    "repeat_number": 1,
    "paused": False,
    "version": 0,
    "revision": 1,
}
"""Columns that the database fills in for a complaint that is opened in a single call."""


def history_row(complaint_id: UUID, entry: Entry) -> Row:
    return {
        "complaint_id": complaint_id,
        "recorded_at": entry.at,
        "actor": entry.by,
        "action": entry.action,
        "note": entry.note,
        "reason": entry.reason,
        "before": dict(entry.before),
        "after": dict(entry.after),
    }


def messages(complaint_id: UUID, past: PastComplaint, *, actor: str) -> list[NewMessage]:
    """Return the messages with ids that begin with their moments, by which they are listed."""
    return [
        NewMessage(
            id=id_of(message.at),
            complaint_id=complaint_id,
            at=message.at,
            visibility=message.visibility,
            text=message.text,
            by=None if message.is_of_customer else message.by or actor,
        )
        for message in past.messages
    ]


def entries(life: Life, written: Sequence[NewMessage]) -> list[Entry]:
    """Return the entries of the life and of the messages, in the order of their moments."""
    of_messages = [
        Entry(message.at, message.by, "message", {}, {"message_id": str(message.id), "visibility": message.visibility})
        for message in written
    ]
    return sorted([*life.entries, *of_messages], key=lambda entry: entry.at)


def promise_rows(complaint_id: UUID, life: Life) -> Iterator[Row]:
    for promise in life.promises:
        yield {
            **asdict(promise),
            "state": promise.state.value,
            "complaint_id": complaint_id,
            "kind": PromiseKind.REPAIR_CYCLE.value,
            "customer_notified": False,
        }


def completion_rows(complaint_id: UUID, life: Life) -> Iterator[Row]:
    for completion in life.completions:
        yield {"complaint_id": complaint_id, **asdict(completion)}


def assignment_row(complaint_id: UUID, owner: str, *, at: datetime, actor: str) -> Row:
    return {
        "complaint_id": complaint_id,
        "at": at,
        "by": actor,
        "owner": owner,
        "queue": None,
        "previous_owner": None,
        "reason": {"by": "import"},
        "note": None,
    }
