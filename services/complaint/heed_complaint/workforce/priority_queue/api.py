"""HTTP API of the priority queue."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from heed_common import http, paging
from heed_common.contracts.complaint import ComplaintStatus
from heed_common.fields import Text
from heed_common.http import DbSession, Now, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.workforce.priority_queue import service
from heed_complaint.workforce.priority_queue.repository import QueueFilter
from heed_complaint.workforce.priority_queue.schemas import ComplaintListItemOut, QueueItemOut
from heed_complaint.workforce.priority_queue.service import Sort

READ = requires("complaints:read")
Value = Annotated[Decimal, Field(max_digits=28)]
OfCustomer = Annotated[UUID | None, Query(description="Of this customer and of all who are merged with them.")]
CustomerWrote = Annotated[bool | None, Query(description="Whether the customer waits for an answer to a message.")]
Name = Annotated[Text | None, Query(max_length=200)]

router = http.router(prefix="/v1/complaints", tags=["queue"])


@router.get("", dependencies=[READ])
async def list_complaints(
    session: DbSession,
    confidential: SeesConfidential,
    now: Now,
    page: PageQuery,
    state: Annotated[ComplaintStatus | None, Query()] = None,
    customer_id: OfCustomer = None,
    customer_wrote: CustomerWrote = None,
    sort: Annotated[Sort, Query()] = Sort.NEWEST,
) -> Page[ComplaintListItemOut]:
    """List complaints, the newest first; with `sort=-expected_value_saved` those that save most first."""
    found = await service.list_complaints(
        session,
        sort=sort,
        state=state,
        customer_id=customer_id,
        customer_wrote=customer_wrote,
        confidential=confidential,
        after=page.after(Value | None, UUID),
        limit=page.fetch_limit,
    )
    shown, next_cursor = paging.paginate(
        found, page, key=lambda item: (item[1] and item[1].expected_value_saved, item[0].complaint.id)
    )
    items = page.show(
        shown,
        lambda item: ComplaintListItemOut.from_case_and_forecast(*item, now=now),
        name=lambda item: item[0].complaint.id,
    )
    return Page(items=items, next_cursor=next_cursor)


@router.get("/queue", dependencies=[READ])
async def list_next_complaints(
    session: DbSession,
    confidential: SeesConfidential,
    now: Now,
    page: PageQuery,
    owner: Name = None,
    queue: Name = None,
    state: Annotated[ComplaintStatus | None, Query()] = None,
    customer_wrote: CustomerWrote = None,
    *,
    unassigned: Annotated[bool, Query(description="Only complaints without an owner.")] = False,
) -> Page[QueueItemOut]:
    """List the queue, the most urgent first; without a state the complaints that need work or an answer."""
    filters = QueueFilter(
        confidential, owner=owner, queue=queue, state=state, unassigned=unassigned, customer_wrote=customer_wrote
    )
    found = await service.list_queue(session, filters, after=page.after(float, UUID), limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda item: (item.rank.sort_key, item.rank.complaint_id))
    items = page.show(
        shown, lambda item: QueueItemOut.from_ranked(item, now=now), name=lambda item: item.rank.complaint_id
    )
    return Page(items=items, next_cursor=next_cursor)
