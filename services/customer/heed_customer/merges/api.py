"""Door 1: merging duplicates and taking them apart."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Now, etag, requires
from heed_customer.customers.api import name_survivor
from heed_customer.customers.schemas import CustomerOut
from heed_customer.merges import service
from heed_customer.merges.schemas import MergeIn, UnmergeIn
from heed_customer.tables import Customer

router = http.router(prefix="/v1/customers", tags=["customers"])
WRITE = [requires("customers:write")]


@router.post("/{customer_id}/merge", response_model=CustomerOut, dependencies=WRITE)
async def merge_customers(
    customer_id: UUID, body: MergeIn, session: DbSession, now: Now, response: Response
) -> Customer:
    """The duplicate is this customer. Answers who survives. 409 `already_merged`, `merge_cycle`."""
    survivor = await service.merge(session, survivor_id=customer_id, duplicate_id=body.duplicate_id, now=now)
    return _answered(survivor, asked=customer_id, response=response)


@router.post("/{customer_id}/unmerge", response_model=CustomerOut, dependencies=WRITE)
async def unmerge_customers(
    customer_id: UUID, body: UnmergeIn, session: DbSession, now: Now, response: Response
) -> Customer:
    """The duplicate is somebody else after all. Undoes exactly this merge, else 409 `not_merged`."""
    remaining = await service.unmerge(session, survivor_id=customer_id, duplicate_id=body.duplicate_id, now=now)
    return _answered(remaining, asked=customer_id, response=response)


def _answered(customer: Customer, *, asked: UUID, response: Response) -> Customer:
    response.headers["ETag"] = etag(customer.revision)
    name_survivor(response, customer, asked=asked)
    return customer
