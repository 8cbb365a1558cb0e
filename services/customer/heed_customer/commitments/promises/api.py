"""HTTP API of promises."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from heed_common import http
from heed_common.fields import Moment, ShortText
from heed_common.http import Caller, DbSession, Now, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commitments.promises import service
from heed_customer.commitments.promises.rules import PromiseFilter, PromiseState
from heed_customer.commitments.promises.schemas import PromiseIn, PromiseOut, SettlementIn
from heed_customer.commitments.promises.tables import Promise
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location

router = http.router(prefix="/v1/customers/{customer_id}/promises", tags=["promises"])
all_router = http.router(prefix="/v1/customers/promises", tags=["promises"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]


def promise_filter(
    state: PromiseState | None = None,
    made_by: Annotated[ShortText | None, Query(description="Who promised, exactly.")] = None,
    due_before: Moment | None = None,
) -> PromiseFilter:
    return PromiseFilter(state, made_by, due_before)


@all_router.get("", dependencies=READ)
async def list_all_promises(
    session: DbSession,
    page: PageQuery,
    filters: Annotated[PromiseFilter, Depends(promise_filter)],
    due_from: Moment | None = None,
    owner: Annotated[ShortText | None, Query(description="The account manager of the customer, exactly.")] = None,
) -> Page[PromiseOut]:
    """List the promises to all customers, by the moment at which they are due."""
    filters = replace(filters, due_from=due_from, owner=owner)
    after = page.after(datetime, UUID)
    rows = await service.list_all_promises(session, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda promise: (promise.due_at, promise.id))
    return Page(items=page.show(items, PromiseOut.model_validate), next_cursor=next_cursor)


@router.post("", status_code=201, response_model=PromiseOut, dependencies=WRITE)
async def record_promise(
    customer_id: UUID, body: PromiseIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> Promise:
    """Record a promise to the customer. 409 `customer_merged`, 422 `promised_for_the_past`."""
    promise = await service.record_promise(
        session, customer_id=customer_id, promise=body.to_domain(), by=caller.id, now=now
    )
    response.headers["Location"] = f"/v1/customers/{customer_id}/promises/{promise.id}"
    return promise


@router.get("", dependencies=READ)
async def list_promises(
    customer_id: UUID,
    session: DbSession,
    page: PageQuery,
    filters: Annotated[PromiseFilter, Depends(promise_filter)],
    response: Response,
) -> Page[PromiseOut]:
    """List the promises to the customer and its duplicates, the newest first."""
    (after,) = page.after(UUID) or (None,)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/promises")
    rows = await service.list_promises(session, family=family, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda promise: (promise.id,))
    return Page(items=page.show(items, PromiseOut.model_validate), next_cursor=next_cursor)


@router.get("/{promise_id}", response_model=PromiseOut, dependencies=READ)
async def get_promise(customer_id: UUID, promise_id: UUID, session: DbSession) -> Promise:
    """Return a promise. 404 `promise_not_found`."""
    return await service.get_promise(session, customer_id=customer_id, promise_id=promise_id)


@router.post("/{promise_id}/settle", response_model=PromiseOut, dependencies=WRITE)
async def settle_promise(
    customer_id: UUID, promise_id: UUID, body: SettlementIn, session: DbSession, caller: Caller, now: Now
) -> Promise:
    """Mark a promise as kept or broken. 409 `promise_not_open`, and `promise_is_broken` if its moment has passed."""
    return await service.settle_promise(
        session,
        customer_id=customer_id,
        promise_id=promise_id,
        kept=body.kept,
        note=body.note,
        by=caller.id,
        now=now,
    )
