"""HTTP API of the timeline."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import AfterValidator, Field

from heed_common import http
from heed_common.contracts.registry import full_types
from heed_common.http import Caller, DbSession, RequestLanguage, requires
from heed_common.http.filters import Times
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location
from heed_customer.timeline import service
from heed_customer.timeline.rules import Filters
from heed_customer.timeline.schemas import TimelineEntryOut

router = http.router(prefix="/v1/customers", tags=["timeline"])
CONFIDENTIAL_SCOPE = "complaints:confidential:read"
MAX_TYPES, MAX_TYPE = 50, 100


def known_type(name: str) -> str:
    if not full_types([name]):
        raise ValueError("No event has this type.")
    return name


TypeFilter = Annotated[str, Field(max_length=MAX_TYPE), AfterValidator(known_type)]
Types = Annotated[
    list[TypeFilter],
    Query(
        alias="type",
        max_length=MAX_TYPES,
        description="Only these: `complaint.opened`, `heed.complaint.opened.v1`, or `complaint` for all of one thing.",
    ),
]


@router.get("/{customer_id}/timeline", dependencies=[requires("customers:read")])
async def list_timeline(
    customer_id: UUID,
    session: DbSession,
    caller: Caller,
    language: RequestLanguage,
    page: PageQuery,
    response: Response,
    times: Times,
    types: Types = [],  # noqa: B006 - FastAPI copies it
) -> Page[TimelineEntryOut]:
    """List everything that happened with the customer and all customers merged with it, newest first.

    Titles are in English or Chinese according to `Accept-Language`. Without `complaints:confidential:read` entries
    about confidential complaints are left out. 404 `customer_not_found`.
    """
    after = page.after(datetime, UUID)
    filters = Filters(full_types(types), times.since, times.until, confidential=caller.may(CONFIDENTIAL_SCOPE))
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part="/timeline")
    rows = await service.list_timeline(
        session, family=family, filters=filters, after=after and (after[0], after[1]), limit=page.fetch_limit
    )
    shown, next_cursor = paginate(rows, page, key=lambda entry: (entry.at, entry.event_id))
    items = page.show(
        shown, lambda entry: TimelineEntryOut.from_domain(entry, language=language), name=lambda entry: entry.event_id
    )
    return Page(items=items, next_cursor=next_cursor)
