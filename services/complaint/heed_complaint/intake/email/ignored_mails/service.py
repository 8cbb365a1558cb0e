"""Use case of ignored mails."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.intake.email.classification.rules import IgnoredReason
from heed_complaint.intake.email.ignored_mails import repository
from heed_complaint.intake.email.tables import IgnoredMail


async def list_ignored_mails(
    session: AsyncSession,
    *,
    reason: IgnoredReason | None,
    confidential: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[IgnoredMail]:
    """Return the newest first; those in the thread of a confidential complaint only if `confidential`."""
    return await repository.list_ignored_mails(
        session, reason=reason, confidential=confidential, after=after, limit=limit
    )
