"""Dry run: the deadlines of open complaints that a change of calendars or policies would move."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.paging import PageRequest, paginate
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.replanning import repository
from heed_complaint.sla.replanning.schemas import MovedComplaint, MovedDeadline, ReplanningPreviewOut
from heed_complaint.sla.replanning.service import PlannedPage, replan_results
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.resolver import TermsSnapshot

CHUNK_SIZE = 500


async def preview(
    session: AsyncSession, terms: TermsSnapshot | None, *, page: PageRequest, confidential: bool, now: datetime
) -> ReplanningPreviewOut:
    """Return the deadlines that these terms would move; none without terms. Only the first page has the total."""
    (after,) = page.after(UUID) or (None,)
    found: list[MovedComplaint] = []
    total = 0
    if terms is not None:
        async for complaint in _moved_complaints(session, terms, after, confidential=confidential, now=now):
            total += 1
            if len(found) < page.fetch_limit:
                found.append(complaint)
            elif after is not None:
                break
    items, next_cursor = paginate(found, page, key=lambda complaint: (complaint.complaint_id,))
    return ReplanningPreviewOut(total=total if after is None else None, items=items, next_cursor=next_cursor)


async def _moved_complaints(
    session: AsyncSession, terms: TermsSnapshot, after: UUID | None, *, confidential: bool, now: datetime
) -> AsyncIterator[MovedComplaint]:
    while stubs := await repository.open_complaints_page(
        session, after, fields=terms.required_fields, confidential=confidential, limit=CHUNK_SIZE
    ):
        page = PlannedPage.from_plans(await resolver.plans_for(session, stubs, terms=terms))
        for complaint_id, result in (await replan_results(session, page, now=now)).items():
            deadlines = list(_moved_deadlines(result.before, result.after, now=now))
            if deadlines:
                yield MovedComplaint(complaint_id=complaint_id, deadlines=deadlines)
        after = stubs[-1].id
        # Yield to other requests: a hundred thousand complaints take some seconds.
        await asyncio.sleep(0)


def _moved_deadlines(before: Clocks, after: Clocks, *, now: datetime) -> Iterator[MovedDeadline]:
    for milestone in before:
        old, new = before[milestone], after[milestone]
        deadline = MovedDeadline(
            milestone=milestone,
            old_due_at=old.due_at,
            new_due_at=new.due_at,
            old_state=old.state(now),
            new_state=new.state(now),
        )
        if (deadline.old_due_at, deadline.old_state) != (deadline.new_due_at, deadline.new_state):
            yield deadline
