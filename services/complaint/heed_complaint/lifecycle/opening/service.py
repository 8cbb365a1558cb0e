"""Use cases of complaints: open, correct, list the history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.content_hash import NO_FINGERPRINT, fingerprint, has_same_content
from heed_common.contracts.complaint import CaseKind, ComplaintAmended, ComplaintOpened, ComplaintStatus
from heed_common.errors import ExternalIdConflict
from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_complaint.core import repository
from heed_complaint.core.contacts import repository as contacts
from heed_complaint.core.contacts.rules import NewContact, mail_address
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.core.repository import load_merged_ids
from heed_complaint.core.tables import Complaint, HistoryEntry, product_key
from heed_complaint.lifecycle.acceptance import service as acceptance
from heed_complaint.lifecycle.merges.receipt_times import correct_receipt_times
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.lifecycle.opening import rules
from heed_complaint.lifecycle.opening.errors import KindIsSettled
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.lifecycle.repeats import service as repeats
from heed_complaint.reference.taxonomies import service as taxonomies
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.service import calendar_years_required, events_of_change, new_clocks, plan_for, replanned_clocks

NOT_IN_EVENTS = (
    *("channel", "description", "occurred_at", "service_point_id", "product", "purchase_id", "amount_at_stake"),
    *("quality_side", "responsible_unit", "regulator", "attachments"),
)
"""Fields that no event carries."""


async def open_complaint(
    session: AsyncSession,
    *,
    new: NewComplaint,
    currency: str,
    by: str,
    now: datetime,
    contact: NewContact | None = None,
) -> tuple[Case, bool]:
    """Open the complaint; its clocks run from the receipt. Return False if it had been opened before."""
    received_at = new.received_at or now
    rules.check_timestamps(new, received_at=received_at, now=now)
    if new.follow_up_of is None:  # A follow-up has the words of the ended complaint, which may be retired by now.
        await taxonomies.validate_category(session, new.category)
        await taxonomies.validate_quality_side(session, new.quality_side)
    complaint = await repository.insert_complaint(
        session, new_row(new, received_at=received_at, currency=currency, now=now)
    )
    if complaint is None:
        return await _load_existing(session, new, now=now), False
    if contact is not None:
        contacts.add_contact(session, complaint.id, contact)
    counted_before = await repeats.assign_repeat_number(session, complaint)
    has_address = contact is not None and mail_address(contact.address) is not None
    by_message = await notifications.milestones_by_message(session, complaint, has_address=has_address, now=now)
    fresh = new_clocks(complaint, await plan_for(session, complaint), by_message=by_message)
    with calendar_years_required(pointer="/received_at"):
        clocks, staged = events_of_change(
            session, ComplaintOpened, complaint, fresh, occurred_at=received_at, now=now, external_id=new.external_id
        )
    staged += await repeats.escalate_repeats(session, complaint, clocks, now=now, counted_before=counted_before)
    repository.append_history(
        session, complaint.id, at=now, by=by, action="open", before={}, after={"state": complaint.state}
    )
    complaint.opening_event_id = staged[-1].id
    await cases.save_clocks(session, {complaint.id: clocks}, now=now)  # A new complaint has no pauses.
    await outbox.stage_all(session, staged, now=now)
    case = await acceptance.apply_rules(session, Case(complaint, clocks), now=now)
    # A repeated request is answered with the last event of the first one, also where a reaction published it.
    await outbox.react(session)
    complaint.opening_event_id = outbox.of(session).last_event_id or complaint.opening_event_id
    return case, True


async def update_complaint(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    changes: Mapping[str, Any],
    by: str,
    if_match: int | None,
    now: datetime,
) -> Case:
    """Correct recorded values and replan the clocks. Raises `PreconditionFailed`, `ComplaintIsMerged`."""
    case = await cases.lock_unmerged(session, complaint_id)
    complaint = case.complaint
    require_if_match(if_match, complaint.revision)
    changed = {name: value for name, value in changes.items() if getattr(complaint, name) != value}
    if not changed:
        return case
    _check_timestamps(complaint, changed, now=now)
    changed = _changes_when_reported(complaint, changed, now=now) | changed
    received_at = changed.get("received_at", complaint.received_at)
    rules.check_dispatch(changed.get("dispatch_received_at"), received_at=received_at, now=now)
    rules.check_currency(changed, currency=complaint.currency, occurred_at=complaint.occurred_at)
    if "category" in changed:
        await taxonomies.validate_category(session, changed["category"])
    await taxonomies.validate_quality_side(session, changed.get("quality_side"))
    rules.check_customer(changed.get("customer_id"), complaint_id=complaint.id)
    if "customer_id" in changed:
        rules.check_corrections(complaint.customer_corrections)
    was_voiced, received_before = complaint.is_voiced, complaint.received_at
    _apply_changes(session, complaint, changed, by=by, now=now)
    counted_before = await repeats.reassign_repeat_number(session, complaint, changed=changed)
    clocks = await correct_receipt_times(session, complaint, case.clocks, changed, instead_of=received_before)
    with calendar_years_required(pointer="/received_at"):
        replanned = await _replan(session, complaint, clocks, was_voiced=was_voiced, now=now)
        clocks, staged = events_of_change(
            session, ComplaintAmended, complaint, replanned, occurred_at=now, now=now, changed=tuple(sorted(changed))
        )
    staged += await repeats.escalate_repeats(session, complaint, clocks, now=now, counted_before=counted_before)
    case = Case(complaint, clocks)
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return case


async def list_history(session: AsyncSession, *, complaint_id: UUID, after: int, limit: int) -> Sequence[HistoryEntry]:
    """Who did what, when, and what it changed; also with the complaints that are merged into it."""
    if await repository.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    members = await load_merged_ids(session, complaint_id)
    return await repository.list_history(session, members, after=after, limit=limit)


def _check_timestamps(complaint: Complaint, changed: Mapping[str, Any], *, now: datetime) -> None:
    recorded_by = max(complaint.opened_at, complaint.received_at) if complaint.is_voiced else now
    rules.check_corrected_receipt(
        changed,
        occurred_at=complaint.occurred_at,
        received_at=complaint.received_at,
        recorded_by=recorded_by,
    )
    if "received_at" in changed and "dispatch_received_at" not in changed:
        rules.check_dispatch(
            complaint.dispatch_received_at, received_at=changed["received_at"], now=now, pointer="/received_at"
        )


def new_row(
    new: NewComplaint, *, received_at: datetime, currency: str, now: datetime, complaint_id: UUID | None = None
) -> dict[str, Any]:
    """Return the columns of a complaint that is opened now."""
    id_ = complaint_id or new_id()
    return asdict(new) | {
        "id": id_,
        "customer_id": new.customer_id or id_,
        "opening_event_id": new_id(),
        "fingerprint": fingerprint(new.explicit_values()),
        "received_at": received_at,
        "currency": new.currency or currency,
        "product_key": product_key(new.product),
        "state": ComplaintStatus.RECEIVED,
        "opened_at": now,
    }


async def _load_existing(session: AsyncSession, new: NewComplaint, *, now: datetime) -> Case:
    complaint = await repository.load_by_external_id(session, new.external_id)
    if complaint.fingerprint == NO_FINGERPRINT:
        _fill_in(session, complaint, new, now=now)
    # What is received now is received when it is opened; the receipt itself may have been corrected since.
    filled_in = {"received_at": complaint.opened_at, "currency": complaint.currency}
    if not has_same_content(complaint.fingerprint, new.explicit_values(), filled_in=filled_in):
        raise ExternalIdConflict
    return (await cases.load_all(session, [complaint]))[0]


def _leave_customer(complaint: Complaint, *, now_of: UUID) -> None:
    opening = complaint.opening_customer_id or complaint.customer_id
    complaint.former_customer_ids = rules.former_customers(
        complaint.former_customer_ids, opening=opening, left=complaint.customer_id, now_of=now_of
    )
    complaint.opening_customer_id = opening
    complaint.customer_corrections += 1


def _fill_in(session: AsyncSession, complaint: Complaint, new: NewComplaint, *, now: datetime) -> None:
    """Fill in a complaint that a restore recovered without these fields, from the caller's repeated request."""
    for name in NOT_IN_EVENTS:
        setattr(complaint, name, to_jsonable_python(new.attachments) if name == "attachments" else getattr(new, name))
    complaint.fingerprint = fingerprint(new.explicit_values())
    repository.append_history(session, complaint.id, at=now, by=None, action="fill_in", before={}, after={})


def _apply_changes(
    session: AsyncSession, complaint: Complaint, changed: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    before = {name: getattr(complaint, name) for name in changed}
    if "customer_id" in changed:
        before["customer_id"] = complaint.customer_id if complaint.customer_is_known else None
        _leave_customer(complaint, now_of=changed["customer_id"])
    for name, value in changed.items():
        setattr(complaint, name, value)
    complaint.revision += 1
    repository.append_history(
        session,
        complaint.id,
        at=now,
        by=by,
        action="amend",
        before=to_jsonable_python(before),
        after=to_jsonable_python(dict(changed)),
    )


def _changes_when_reported(complaint: Complaint, changed: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return what else changes with the kind: a grievance that is reported is received now. Raises `KindIsSettled`."""
    is_voiced = changed.get("kind", complaint.kind) != CaseKind.UNVOICED_GRIEVANCE
    if is_voiced == complaint.is_voiced:
        return {}
    if complaint.ended_at is not None or complaint.state != ComplaintStatus.RECEIVED:
        raise KindIsSettled(pointer="/kind")
    if not is_voiced:
        return {}
    dispatched_before = complaint.dispatch_received_at is not None and "dispatch_received_at" not in changed
    return {"received_at": now, **({"dispatch_received_at": None} if dispatched_before else {})}


async def _replan(
    session: AsyncSession, complaint: Complaint, clocks: Clocks, *, was_voiced: bool, now: datetime
) -> Clocks:
    """Return the clocks after a correction: new ones if it has just been reported, none if it is unreported."""
    plan = await plan_for(session, complaint)
    if complaint.is_voiced and not was_voiced:
        by_message = await notifications.milestones_by_message(session, complaint, has_address=False, now=now)
        return new_clocks(complaint, plan, by_message=by_message)
    replanned = replanned_clocks(complaint, plan, clocks, now=now)
    return replanned if complaint.is_voiced else sla.ended(replanned, now)
