"""What a change of calendars or policies would do to the open complaints, shown before it is made."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.paging import PageRequest, paginate
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.replanning import repository
from heed_complaint.sla.replanning.schemas import MovedComplaint, MovedDeadline, PreviewOut
from heed_complaint.sla.replanning.service import Page, moved
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.resolver import Book

CHUNK = 500


async def preview(
    session: AsyncSession, book: Book | None, *, page: PageRequest, confidential: bool, now: datetime
) -> PreviewOut:
    """What that book would change; without one, nothing. Only the first page counts them all."""
    (after,) = page.after(UUID) or (None,)
    found: list[MovedComplaint] = []
    total = 0
    if book is not None:
        async for complaint in _moved_after(session, book, after, confidential=confidential, now=now):
            total += 1
            if len(found) < page.fetch_limit:
                found.append(complaint)
            elif after is not None:
                break
    items, next_cursor = paginate(found, page, key=lambda complaint: (complaint.complaint_id,))
    return PreviewOut(total=total if after is None else None, items=items, next_cursor=next_cursor)


async def _moved_after(
    session: AsyncSession, book: Book, after: UUID | None, *, confidential: bool, now: datetime
) -> AsyncIterator[MovedComplaint]:
    while stubs := await repository.open_after(session, after, asked=book.asks, confidential=confidential, limit=CHUNK):
        page = Page.of(await resolver.plans_by(session, book, stubs))
        for complaint_id, change in (await moved(session, page, now=now)).items():
            deadlines = list(_deadlines(change.before, change.after, now=now))
            if deadlines:
                yield MovedComplaint(complaint_id=complaint_id, deadlines=deadlines)
        after = stubs[-1].id
        # Others are served meanwhile: a hundred thousand complaints take some seconds.
        await asyncio.sleep(0)


def _deadlines(before: Clocks, after: Clocks, *, now: datetime) -> Iterator[MovedDeadline]:
    for milestone in before:
        old, new = before[milestone], after[milestone]
        said = MovedDeadline(
            milestone=milestone,
            old_due_at=old.due_at,
            new_due_at=new.due_at,
            old_state=old.state(now),
            new_state=new.state(now),
        )
        if (said.old_due_at, said.old_state) != (said.new_due_at, said.new_state):
            yield said
