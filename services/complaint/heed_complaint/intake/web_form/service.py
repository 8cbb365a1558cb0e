"""Use case of the web form."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.contacts.rules import NewContact
from heed_complaint.intake.status_links import service as status_links
from heed_complaint.intake.status_links.rules import Link
from heed_complaint.intake.submissions import repository
from heed_complaint.intake.submissions.service import find_receipt
from heed_complaint.intake.web_form import rules
from heed_complaint.intake.web_form.rules import Form
from heed_complaint.lifecycle.opening import service as complaints

BY_FORM = "intake:form"


async def submit_form(
    session: AsyncSession,
    *,
    form: Form,
    key: bytes | None,
    currency: str,
    zone: ZoneInfo,
    earliest: date,
    link_days: int,
    now: datetime,
) -> Link:
    """Open a complaint of an unknown customer; a repeated form gets another link to the same complaint.

    Forms with the same key are repetitions. Without a key the same text does not mean the same person: each form opens
    a complaint, and agents find the likely duplicates.
    """
    receipt = await find_receipt(session, key, fingerprint=form.fingerprint) if key else None
    complaint_id = receipt.complaint_id if receipt else None
    if complaint_id is None:
        occurred_at = rules.occurred_at_from_day(form.occurred_on, zone=zone, earliest=earliest, now=now)
        new = form.to_new_complaint(occurred_at=occurred_at)
        contact = NewContact(form.name, form.contact, form.language)
        case, _ = await complaints.open_complaint(
            session, new=new, currency=currency, by=BY_FORM, now=now, contact=contact
        )
        complaint_id = case.complaint.id
        if key:
            repository.add_receipt(
                session, key, fingerprint=form.fingerprint, complaint_id=complaint_id, received_at=now
            )
    return await status_links.create_link(session, complaint_id=complaint_id, days=link_days, now=now)


def fake_link(*, days: int, now: datetime) -> Link:
    """Return a link that leads nowhere, for a machine in the honeypot: it learns nothing from the usual response."""
    return status_links.generate_link(days=days, now=now)
