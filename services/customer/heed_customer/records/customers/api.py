"""HTTP API of customers."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.batches import BatchOut
from heed_common.fields import ExternalId
from heed_common.http import DbSession, IfMatch, Now, OnlyCreates, etag, requires
from heed_customer.item_results import single
from heed_customer.records.customers import batch, service, upserts
from heed_customer.records.customers.schemas import CustomerBatchIn, CustomerIn, CustomerOut, CustomerPatch, CustomerPut
from heed_customer.records.customers.tables import Customer

router = http.router(prefix="/v1/customers", tags=["customers"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]


@router.post("", status_code=201, response_model=CustomerOut, responses=http.repeated(CustomerOut), dependencies=WRITE)
async def register_customer(body: CustomerIn, session: DbSession, now: Now, response: Response) -> Customer:
    """Register a customer.

    If the external_id exists, returns 200 for the content of its first registration (a retry) and for the content that
    the customer has now, and 409 `external_id_conflict` for any other.
    """
    outcomes = await service.register_customers(session, customers=[body.to_domain()], now=now)
    customer, created = single(outcomes)
    response.headers["ETag"] = etag(customer.revision)
    response.headers["Location"] = f"/v1/customers/{customer.id}"
    if not created:
        response.status_code = 200
        http.set_event_header(session, customer.event_id)
    return customer


@router.post(":batch", dependencies=WRITE)
async def register_customer_batch(body: CustomerBatchIn, session: DbSession, now: Now) -> BatchOut:
    """Register up to 1000 customers in one transaction. Each item has its own outcome, in the given order.

    413 `too_many_items`.
    """
    result = await batch.register_customer_batch(session, items=body.items, now=now)
    if event_id := result.repeated_event_id():
        http.set_event_header(session, event_id)
    return result


@router.get("/by-external-id/{external_id:path}", response_model=CustomerOut, dependencies=READ)
async def get_customer_by_external_id(external_id: ExternalId, session: DbSession, response: Response) -> Customer:
    """Return the customer; of a merged one the survivor, with its `Content-Location`. 404 `customer_not_found`."""
    customer_id = await service.find_customer_id(session, external_id=external_id)
    return await get_customer(customer_id, session, response)


@router.put(
    "/by-external-id/{external_id:path}",
    response_model=CustomerOut,
    responses=http.created(CustomerOut),
    dependencies=WRITE,
)
async def put_customer(
    external_id: ExternalId,
    body: CustomerPut,
    if_match: IfMatch,
    only_creates: OnlyCreates,
    session: DbSession,
    now: Now,
    response: Response,
) -> Customer:
    """Register the customer with this external_id, or replace its content; the same content changes nothing.

    `If-Match` protects changes that the caller has not seen, `If-None-Match: *` an existing customer: 412. Of a merged
    customer 409 `customer_merged` with the `survivor_id`.
    """
    put = await upserts.put_customer(
        session, customer=body.to_domain(external_id), if_match=if_match, only_creates=only_creates, now=now
    )
    if put.event_id is not None:
        http.set_event_header(session, put.event_id)
    response.status_code = 201 if put.is_new else 200
    response.headers["ETag"] = etag(put.customer.revision)
    response.headers["Location"] = f"/v1/customers/{put.customer.id}"
    return put.customer


@router.get("/{customer_id}", response_model=CustomerOut, dependencies=READ)
async def get_customer(customer_id: UUID, session: DbSession, response: Response) -> Customer:
    """Return the customer; of a merged one the survivor, with its `Content-Location`. 404 `customer_not_found`."""
    customer = await service.get_customer(session, customer_id=customer_id)
    response.headers["ETag"] = etag(customer.revision)
    set_content_location(response, customer, requested_id=customer_id)
    return customer


@router.patch("/{customer_id}", response_model=CustomerOut, dependencies=WRITE)
async def update_customer(
    customer_id: UUID, body: CustomerPatch, if_match: IfMatch, session: DbSession, now: Now, response: Response
) -> Customer:
    """Update a customer with a JSON merge patch: omitted fields keep their values, null clears a field.

    428 without If-Match, 412 if the customer has changed; of a merged customer 409 `customer_merged` with the
    `survivor_id`.
    """
    customer = await service.update_customer(
        session, customer_id=customer_id, values=body.changes(), if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(customer.revision)
    return customer


def set_content_location(response: Response, customer: Customer, *, requested_id: UUID, part: str = "") -> None:
    """Name the customer, or a part such as `/promises`, in the response if it is the survivor of the requested one."""
    if customer.id != requested_id:
        response.headers["Content-Location"] = f"/v1/customers/{customer.id}{part}"
