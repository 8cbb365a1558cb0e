"""SQL of ignored mails."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.intake.email.classification.rules import IgnoredReason
from heed_complaint.intake.email.tables import IgnoredMail


async def list_ignored_mails(
    session: AsyncSession,
    *,
    reason: IgnoredReason | None,
    confidential: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[IgnoredMail]:
    query = (
        select(IgnoredMail)
        .outerjoin(Complaint, Complaint.id == IgnoredMail.complaint_id)
        .where(or_(IgnoredMail.complaint_id.is_(None), visible(confidential=confidential)))
        .order_by(IgnoredMail.received_at.desc(), IgnoredMail.key.desc())
        .limit(limit)
    )
    if reason is not None:
        query = query.where(IgnoredMail.reason == reason)
    if after is not None:
        received_at, key = after
        query = query.where(tuple_(IgnoredMail.received_at, IgnoredMail.key) < (received_at, bytes.fromhex(key)))
    return (await session.scalars(query)).all()
