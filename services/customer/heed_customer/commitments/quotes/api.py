"""HTTP API of quotes."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http
from heed_common.fields import ShortText
from heed_common.http import Caller, DbSession, Now, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.commitments.quotes import service
from heed_customer.commitments.quotes.rules import QuoteFilter
from heed_customer.commitments.quotes.schemas import QuoteIn, QuoteOut
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location

router = http.router(prefix="/v1/customers/{customer_id}/quotes", tags=["quotes"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]

Product = Annotated[ShortText, Query(description="The product; case, accents and width make no difference.")]
OnlyOpen = Annotated[bool, Query(description="Only quotes that can still be accepted.")]


@router.post("", status_code=201, dependencies=WRITE)
async def record_quote(
    customer_id: UUID, body: QuoteIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> QuoteOut:
    """Record a quote. `conflicts_with` names quotes that contradict it. 409 `customer_merged`."""
    recorded = await service.record_quote(
        session, customer_id=customer_id, quote=body.to_domain(), by=caller.id, now=now
    )
    response.headers["Location"] = f"/v1/customers/{customer_id}/quotes/{recorded.quote.id}"
    return QuoteOut.from_domain(recorded)


@router.get("", dependencies=READ)
async def list_quotes(
    customer_id: UUID,
    session: DbSession,
    page: PageQuery,
    now: Now,
    response: Response,
    product: Product | None = None,
    *,
    only_open: OnlyOpen = False,
) -> Page[QuoteOut]:
    """List the quotes to the customer and its duplicates, the newest first."""
    (after,) = page.after(UUID) or (None,)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/quotes")
    filters = QuoteFilter(product, open_at=now if only_open else None)
    rows = await service.list_quotes(session, family=family, filters=filters, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda compared: (compared.quote.id,))
    shown = page.show(items, QuoteOut.from_domain, name=lambda compared: compared.quote.id)
    return Page(items=shown, next_cursor=next_cursor)


@router.get("/{quote_id}", dependencies=READ)
async def get_quote(customer_id: UUID, quote_id: UUID, session: DbSession) -> QuoteOut:
    """Return a quote. 404 `quote_not_found`."""
    return QuoteOut.from_domain(await service.get_quote(session, customer_id=customer_id, quote_id=quote_id))


@router.post("/{quote_id}/withdraw", dependencies=WRITE)
async def withdraw_quote(customer_id: UUID, quote_id: UUID, session: DbSession, caller: Caller, now: Now) -> QuoteOut:
    """Withdraw a quote: it contradicts no other any more. 409 `quote_withdrawn`."""
    withdrawn = await service.withdraw_quote(session, customer_id=customer_id, quote_id=quote_id, by=caller.id, now=now)
    return QuoteOut.from_domain(withdrawn)
