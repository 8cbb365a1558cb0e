"""The customers that samples are drawn from: whether the survey service has all of them."""

from datetime import timedelta

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, warning
from heed.doctor.subject import Subject

CHECK = "survey frame"
CUSTOMER, SURVEY = "customer", "survey"
GRACE = timedelta(hours=1)
"""Customers registered since then may not have arrived yet."""
COUNT_REGISTERED = text("SELECT count(*) FROM customer WHERE registered_at < :before")
COUNT_IN_FRAME = text("SELECT count(*) FROM customer WHERE version > 0")


async def check_survey_frame(subject: Subject) -> list[Finding]:
    """Compare the number of customers with those that the survey service has heard of."""
    if not {CUSTOMER, SURVEY} <= subject.databases.keys():
        return []
    async with subject.databases[CUSTOMER].transaction() as session:
        registered = await session.scalar(COUNT_REGISTERED, {"before": subject.now - GRACE}) or 0
    async with subject.databases[SURVEY].transaction() as session:
        in_frame = await session.scalar(COUNT_IN_FRAME) or 0
    if in_frame >= registered:
        return [ok(CHECK, "Samples are drawn from all customers.")]
    detail = f"Customers: {registered}, of whom samples are drawn from {in_frame}."
    return [warning(CHECK, detail, "`heed replay survey-frame` adds the others, also while the product is running.")]
