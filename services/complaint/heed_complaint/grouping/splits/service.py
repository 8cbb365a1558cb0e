"""Use case of splits."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.complaint import ComplaintAmended
from heed_common.revisions import check_if_match
from heed_complaint.core import repository
from heed_complaint.core.attachments import Attachment
from heed_complaint.core.errors import ComplaintEnded
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.opening import service as complaints
from heed_complaint.lifecycle.opening.rules import NewComplaint
from heed_complaint.sla import case as cases
from heed_complaint.sla.case import Case, build_event


async def split(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    part: Mapping[str, Any],
    note: str | None,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Case:
    """Open a complaint for a part of this one, with the same receipt: since then the customer has waited for it."""
    case = await cases.lock_unmerged(session, complaint_id)
    whole = case.complaint
    check_if_match(if_match, whole.revision)
    if whole.ended_at is not None:
        raise ComplaintEnded
    new = _part_of(whole, part)
    opened, _ = await complaints.open_complaint(session, new=new, currency=whole.currency, by=by, now=now)
    whole.revision += 1
    after = {"split_into": str(opened.complaint.id)}
    repository.append_history(session, whole.id, at=now, by=by, action="split", before={}, after=after, note=note)
    amended = build_event(ComplaintAmended, whole, case.clocks, occurred_at=now, changed=("parts",))
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, [amended], now=now)
    return opened


def _part_of(whole: Complaint, part: Mapping[str, Any]) -> NewComplaint:
    """Return the new complaint: fields of the part, else of the whole."""
    same = {field.name: getattr(whole, field.name) for field in fields(NewComplaint)}
    own = {
        "external_id": None,
        "customer_id": whole.customer_id if whole.customer_is_known else None,
        "attachments": tuple(Attachment(**reference) for reference in whole.attachments),
        "split_from": whole.id,
        "follow_up_of": None,
    }
    return NewComplaint(**(same | own | dict(part)))
