"""Door 1: registering customers, reading and changing them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http
from heed_common.fields import ShortText
from heed_common.http import DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.customers import service
from heed_customer.customers.schemas import CustomerIn, CustomerOut, CustomerPatch
from heed_customer.item_results import only
from heed_customer.tables import Customer

router = http.router(prefix="/v1/customers", tags=["customers"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]

Words = Annotated[
    ShortText,
    Query(description="Parts of name and external_id, in any order; case, accents and width make no difference."),
]
Owner = Annotated[ShortText, Query(description="The account manager, exactly.")]


@router.post("", status_code=201, response_model=CustomerOut, responses=http.repeated(CustomerOut), dependencies=WRITE)
async def register_customer(body: CustomerIn, session: DbSession, now: Now, response: Response) -> Customer:
    """Register a customer.

    A known external_id answers 200 with the content of its first registration, which is a retry, and with the content
    that the customer has now; with any other 409 `external_id_conflict`.
    """
    stored = only(await service.register_customers(session, customers=[body.told()], now=now))
    response.headers["ETag"] = etag(stored.thing.revision)
    response.headers["Location"] = f"/v1/customers/{stored.thing.id}"
    if not stored.is_new:
        response.status_code = 200
        http.set_event_header(session, stored.thing.event_id)
    return stored.thing


@router.get("", dependencies=READ)
async def list_customers(
    session: DbSession, page: PageQuery, q: Words | None = None, owner: Owner | None = None
) -> Page[CustomerOut]:
    """Customers in the order of their registration; what is found of a merged one is found of the survivor."""
    (after,) = page.after(UUID) or (None,)
    rows = await service.list_customers(session, words=q, owner=owner, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda customer: (customer.id,))
    return Page(items=page.show(items, CustomerOut.model_validate), next_cursor=next_cursor)


@router.get("/{customer_id}", response_model=CustomerOut, dependencies=READ)
async def read_customer(customer_id: UUID, session: DbSession, response: Response) -> Customer:
    """The customer as known now; of a merged one the survivor, at `Content-Location`. 404 `customer_not_found`."""
    customer = await service.read_customer(session, customer_id=customer_id)
    response.headers["ETag"] = etag(customer.revision)
    name_survivor(response, customer, asked=customer_id)
    return customer


@router.patch("/{customer_id}", response_model=CustomerOut, dependencies=WRITE)
async def change_customer(
    customer_id: UUID, body: CustomerPatch, if_match: IfMatch, session: DbSession, now: Now, response: Response
) -> Customer:
    """A merge patch: what is left out stays, null takes away. 428 without If-Match, 412 when it has changed.

    Of a merged customer 409 `customer_merged`, with the `survivor_id`.
    """
    customer = await service.change_customer(
        session, customer_id=customer_id, wanted=body.wanted(), if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(customer.revision)
    return customer


def name_survivor(response: Response, customer: Customer, *, asked: UUID) -> None:
    """Says whom the answer is about, where it is not the one who was asked for."""
    if customer.id != asked:
        response.headers["Content-Location"] = f"/v1/customers/{customer.id}"
