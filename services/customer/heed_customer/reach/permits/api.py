"""HTTP API of permits and the contact log."""

from typing import Annotated
from uuid import UUID, uuid5

from fastapi import Depends, Header, Query, Request, Response

from heed_common import http
from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.http import Caller, CipherDep, DbSession, Now, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.reach.permits import service
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.rules import ContactLogState
from heed_customer.reach.permits.schemas import LoggedContactOut, PermitIn, PermitOut, to_permit_out

# An address must not be stored for a repeated request.
router = http.router(prefix="/v1/contacts", tags=["permits"], stores_responses=False)
log_router = http.router(prefix="/v1", tags=["permits"])
KEYED_MESSAGES = UUID("6f1f5c8e-6e0e-5b7c-9d62-0d3c5a3f7a51")
"""Namespace of the ids of messages that are identified by an Idempotency-Key."""

State = Annotated[ContactLogState, Query()]
Purpose = Annotated[ContactPurpose, Query()]
Channel = Annotated[ContactChannel, Query()]


def _get_policy(request: Request) -> ContactPolicy:
    policy: ContactPolicy = request.app.state.contact_policy
    return policy


def _get_filters(
    state: State | None = None, purpose: Purpose | None = None, channel: Channel | None = None
) -> dict[str, str]:
    given = {"state": state, "purpose": purpose, "channel": channel}
    return {name: value for name, value in given.items() if value is not None}


Policy = Annotated[ContactPolicy, Depends(_get_policy)]
Filters = Annotated[dict[str, str], Depends(_get_filters)]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255, include_in_schema=False)]


@router.post(":permit", dependencies=[requires("contacts:read")])
async def request_permit(
    body: PermitIn,
    session: DbSession,
    policy: Policy,
    cipher: CipherDep,
    caller: Caller,
    now: Now,
    idempotency_key: IdempotencyKey = None,
) -> PermitOut:
    """Decide whether the customer may be contacted now, and record the decision in the contact log.

    Every message and call asks first. A response with an address is not stored: repeated under the same message_id or
    Idempotency-Key the request is decided again and counted once. 409 `message_of_another`, 422 `customer_unknown`.
    """
    keyed = None if idempotency_key is None else uuid5(KEYED_MESSAGES, f"{caller.id} {idempotency_key}")
    request = body.to_domain(message_id=keyed)
    return to_permit_out(await service.request_permit(session, request=request, policy=policy, cipher=cipher, now=now))


@log_router.get("/messages", dependencies=[requires("customers:read")])
async def list_messages(session: DbSession, filters: Filters, page: PageQuery) -> Page[LoggedContactOut]:
    """List the contact log of all services, the latest entry first, without addresses and content."""
    (before,) = page.after(UUID) or (None,)
    rows = await service.list_messages(session, filters=filters, before=before, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(items, LoggedContactOut.from_row), next_cursor=next_cursor)


@log_router.get("/customers/{customer_id}/messages", dependencies=[requires("customers:read")])
async def list_messages_of_customer(
    customer_id: UUID, session: DbSession, filters: Filters, page: PageQuery, response: Response
) -> Page[LoggedContactOut]:
    """List the contacts of the customer and of all merged with it, the latest first. 404 `customer_not_found`."""
    (before,) = page.after(UUID) or (None,)
    survivor_id, rows = await service.list_messages_of_customer(
        session, customer_id=customer_id, filters=filters, before=before, limit=page.fetch_limit
    )
    if survivor_id != customer_id:
        response.headers["Content-Location"] = f"/v1/customers/{survivor_id}/messages"
    items, next_cursor = paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(items, LoggedContactOut.from_row), next_cursor=next_cursor)
