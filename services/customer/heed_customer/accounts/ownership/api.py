"""HTTP API of owners and hand-overs."""

from datetime import datetime
from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.accounts.ownership import service
from heed_customer.accounts.ownership.schemas import CustomerHandOverIn, OwnerOut
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location

router = http.router(prefix="/v1/customers/{customer_id}/hand-over", tags=["owners"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]


@router.post("", dependencies=WRITE)
async def hand_over_customer(
    customer_id: UUID,
    body: CustomerHandOverIn,
    session: DbSession,
    caller: Caller,
    if_match: IfMatch,
    now: Now,
    response: Response,
) -> OwnerOut:
    """Hand the customer over to another account manager; returns what is open. 409 `owner_unchanged`.

    `ETag` is that of the customer, whose owner changes.
    """
    change = await service.hand_over(
        session,
        customer_id=customer_id,
        owner=body.owner,
        note=body.note,
        by=caller.id,
        if_match=if_match,
        now=now,
    )
    response.headers["ETag"] = etag(change.revision)
    return OwnerOut.model_validate(change)


@router.get("", dependencies=READ)
async def list_owners(customer_id: UUID, session: DbSession, page: PageQuery, response: Response) -> Page[OwnerOut]:
    """List the owners of the customer and its duplicates, the newest first, with the notes of their hand-overs."""
    after = page.after(datetime, int, UUID)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/hand-over")
    rows = await service.list_owners(session, family=family, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda row: (row.since, row.version, row.customer_id))
    shown = page.show(items, OwnerOut.model_validate, name=lambda row: row.customer_id)
    return Page(items=shown, next_cursor=next_cursor)
