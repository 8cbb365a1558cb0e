"""HTTP API of the priority queue."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from heed_common import http, paging
from heed_common.contracts.complaint import CaseKind, ComplaintStatus, Severity
from heed_common.fields import Text
from heed_common.http import DbSession, Now, requires
from heed_common.http.filters import ANY_OF, MAX_VALUES, AnyOf, CustomerIds, ExternalIds, Times
from heed_common.paging import Page, PageQuery
from heed_complaint.core.rules import Channel
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.workforce.priority_queue import service
from heed_complaint.workforce.priority_queue.rules import ComplaintFilter, QueueFilter
from heed_complaint.workforce.priority_queue.schemas import ComplaintListItemOut, QueueItemOut
from heed_complaint.workforce.priority_queue.service import Sort

READ = requires("complaints:read")
Value = Annotated[Decimal, Field(max_digits=28)]
CustomerWrote = Annotated[bool | None, Query(description="Whether the customer waits for an answer to a message.")]
Name = Annotated[Text, Field(max_length=200)]
Tier = Literal["A", "B", "C", "D"]
Band = Literal["low", "elevated", "high", "critical"]

Categories = Annotated[tuple[Name, ...], Query(max_length=MAX_VALUES, description=f"With those below it. {ANY_OF}")]

router = http.router(prefix="/v1/complaints", tags=["queue"])


async def list_filter(
    confidential: SeesConfidential,
    received: Times,
    customer_ids: CustomerIds = (),
    external_ids: ExternalIds = (),
    state: AnyOf[ComplaintStatus] = (),
    severity: AnyOf[Severity] = (),
    category: Categories = (),
    channel: AnyOf[Channel] = (),
    kind: AnyOf[CaseKind] = (),
    owner: AnyOf[Name] = (),
    queue: AnyOf[Name] = (),
    service_point_id: AnyOf[Name] = (),
    tier: AnyOf[Tier] = (),
    band: AnyOf[Band] = (),
    customer_wrote: CustomerWrote = None,
) -> ComplaintFilter:
    """Return the filter of a list of complaints, with which its file is written too."""
    return ComplaintFilter(
        confidential,
        customer_ids=customer_ids,
        external_ids=external_ids,
        states=state,
        severities=severity,
        categories=category,
        channels=channel,
        kinds=kind,
        owners=owner,
        queues=queue,
        service_point_ids=service_point_id,
        tiers=tier,
        bands=band,
        customer_wrote=customer_wrote,
        received=received,
    )


@router.get("", dependencies=[READ])
async def list_complaints(
    session: DbSession,
    filters: Annotated[ComplaintFilter, Depends(list_filter)],
    now: Now,
    page: PageQuery,
    sort: Annotated[Sort, Query()] = Sort.NEWEST,
) -> Page[ComplaintListItemOut]:
    """List complaints, the newest first; with `from` or `to`, which mean `received_at`, those received last.

    With `sort=-expected_value_saved` those that save most first. Tier and band are those of the customer's score.
    """
    received = filters.received
    after = page.after(Value | None, *received.key_types)
    found = await service.list_complaints(session, filters, sort=sort, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(
        found,
        page,
        key=lambda item: (
            item[1] and item[1].expected_value_saved,
            *received.key(item[0].complaint.received_at, item[0].complaint.id),
        ),
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
    owner: AnyOf[Name] = (),
    queue: AnyOf[Name] = (),
    state: AnyOf[ComplaintStatus] = (),
    customer_wrote: CustomerWrote = None,
    *,
    unassigned: Annotated[bool, Query(description="Only complaints without an owner.")] = False,
) -> Page[QueueItemOut]:
    """List the queue, the most urgent first; without a state the complaints that need work or an answer."""
    filters = QueueFilter(
        confidential, owners=owner, queues=queue, states=state, unassigned=unassigned, customer_wrote=customer_wrote
    )
    found = await service.list_queue(session, filters, after=page.after(float, UUID), limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda item: (item.rank.sort_key, item.rank.complaint_id))
    items = page.show(
        shown, lambda item: QueueItemOut.from_ranked(item, now=now), name=lambda item: item.rank.complaint_id
    )
    return Page(items=items, next_cursor=next_cursor)
