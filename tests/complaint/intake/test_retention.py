"""Retention of intake deletes old rows, and no complaints."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from heed_complaint.core.tables import Complaint
from heed_complaint.intake import retention
from heed_complaint.intake.email.tables import IgnoredMail, UsedSignature
from heed_complaint.intake.status_links.tables import StatusLink
from heed_complaint.intake.submissions.tables import IntakeReceipt
from tests.complaint.factories.complaints import open_complaint
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
PURGES = retention.purges(receipt_days=730)


async def test_links_receipts_and_signatures_are_purged_each_after_its_time(session):
    complaint = (await open_complaint(session, now=NOON)).complaint
    for age in (timedelta(minutes=1), timedelta(minutes=16), timedelta(days=31), timedelta(days=731)):
        then, name = NOON - age, uuid4().bytes
        session.add(StatusLink(token_hash=name, complaint_id=complaint.id, created_at=then, expires_at=then))
        session.add(
            IntakeReceipt(key=name, fingerprint=name, complaint_id=complaint.id, message_id=None, received_at=then)
        )
        session.add(UsedSignature(signature=name, used_at=then))
        words = dict.fromkeys(("reason", "evidence"), "x")
        session.add(IgnoredMail(key=name, received_at=then, **words))
    await session.flush()
    removed = {table: await purge(session, NOON) for table, purge in PURGES.items()}
    assert removed == {"status_link": 2, "intake_receipt": 1, "ignored_mail": 1, "used_mail_signature": 3}
    assert await session.scalar(select(func.count()).select_from(Complaint)) == 1


async def test_deleting_a_missing_article_is_not_found(session):
    assert {table: await purge(session, NOON) for table, purge in PURGES.items()} == dict.fromkeys(PURGES, 0)
