"""HTTP API of merges."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from heed_common import http
from heed_common.http import DbSession, Now, etag, requires
from heed_customer.records.customers.api import set_content_location
from heed_customer.records.customers.schemas import CustomerOut
from heed_customer.records.customers.tables import Customer
from heed_customer.records.merges import service
from heed_customer.records.merges.schemas import CustomerMergeIn, CustomerUnmergeIn
from heed_customer.records.merges.service import BelongTogether, FindIdentified

router = http.router(prefix="/v1/customers", tags=["customers"])
WRITE = [requires("customers:write")]


async def find_identified(request: Request) -> FindIdentified:
    """Return the function that `create_app` has set."""
    function: FindIdentified = request.app.state.find_identified
    return function


FindIdentifiedDep = Annotated[FindIdentified, Depends(find_identified)]


async def belong_together(request: Request) -> BelongTogether:
    """Return the function that `create_app` has set: relations are a package beside this one."""
    function: BelongTogether = request.app.state.belong_together
    return function


BelongTogetherDep = Annotated[BelongTogether, Depends(belong_together)]


@router.post("/{customer_id}/merge", response_model=CustomerOut, dependencies=WRITE)
async def merge_customers(
    customer_id: UUID,
    body: CustomerMergeIn,
    session: DbSession,
    belong_together: BelongTogetherDep,
    find_identified: FindIdentifiedDep,
    now: Now,
    response: Response,
) -> Customer:
    """Merge the duplicate into this customer. Returns the final survivor. 409 `already_merged`, `merge_cycle`.

    409 `parent_and_branch` for organizations of which one belongs to the other, and `both_identified` if both have a
    verified contact or id number and that is not confirmed.
    """
    survivor = await service.merge_customers(
        session,
        survivor_id=customer_id,
        duplicate_id=body.duplicate_id,
        belong_together=belong_together,
        find_identified=None if body.confirm_identified else find_identified,
        now=now,
    )
    return _with_headers(survivor, requested_id=customer_id, response=response)


@router.post("/{customer_id}/unmerge", response_model=CustomerOut, dependencies=WRITE)
async def unmerge_customers(
    customer_id: UUID, body: CustomerUnmergeIn, session: DbSession, now: Now, response: Response
) -> Customer:
    """Undo exactly this merge: the duplicate is another customer again. 409 `not_merged`."""
    remaining = await service.unmerge_customers(
        session, survivor_id=customer_id, duplicate_id=body.duplicate_id, now=now
    )
    return _with_headers(remaining, requested_id=customer_id, response=response)


def _with_headers(customer: Customer, *, requested_id: UUID, response: Response) -> Customer:
    response.headers["ETag"] = etag(customer.revision)
    set_content_location(response, customer, requested_id=requested_id)
    return customer
