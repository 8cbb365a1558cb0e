"""HTTP API of agreements that were signed with customers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_complaint.sla.api.parameters import Version
from heed_complaint.sla.terms.agreements import service
from heed_complaint.sla.terms.agreements.schemas import AgreementIn, AgreementOut, ReviewIn, ReviewOut
from heed_complaint.sla.terms.agreements.tables import AgreementVersion

router = http.router(prefix="/v1/agreements", tags=["agreements"])
READ, WRITE = requires("settings:read"), requires("settings:write")

OfCustomer = Annotated[UUID | None, Query(description="With this customer or one merged with them.")]


@router.post("", status_code=201, dependencies=[WRITE])
async def create_agreement(
    body: AgreementIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> AgreementOut:
    """Create an agreement, which takes precedence over all policies while it is in force.

    409 `agreement_overlaps`, 422 `agreement_invalid`.
    """
    row = await service.create(session, document=body.to_document(), by=caller.id, now=now)
    response.headers["Location"] = f"/v1/agreements/{row.id}"
    return _response(row, response, now=now)


@router.get("", dependencies=[READ])
async def list_agreements(
    session: DbSession, page: PageQuery, now: Now, customer_id: OfCustomer = None
) -> Page[AgreementOut]:
    """List agreements, the latest created first."""
    (before,) = page.after(UUID) or (None,)
    found = await service.list_agreements(session, customer_id=customer_id, before=before, limit=page.fetch_limit)
    rows, next_cursor = paginate(found, page, key=lambda row: (row.id,))
    return Page(items=page.show(rows, lambda row: AgreementOut.from_row(row, now=now)), next_cursor=next_cursor)


@router.get("/{agreement_id}", dependencies=[READ])
async def get_agreement(
    agreement_id: UUID, session: DbSession, now: Now, response: Response, version: Version = None
) -> AgreementOut:
    """Get an agreement in its newest or in an earlier version; versions never change. 404 `agreement_not_found`."""
    row = await service.get(session, agreement_id=agreement_id, version=version)
    return _response(row, response, now=now)


@router.put("/{agreement_id}", dependencies=[WRITE])
async def put_agreement(
    agreement_id: UUID,
    body: AgreementIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> AgreementOut:
    """Create a version and replan open complaints. 404, 409 `agreement_overlaps`, 412, 422, 428."""
    row = await service.put(
        session, agreement_id=agreement_id, document=body.to_document(), by=caller.id, if_match=if_match, now=now
    )
    return _response(row, response, now=now)


@router.post("/{agreement_id}/reviews", status_code=201, dependencies=[WRITE])
async def review_agreement(
    agreement_id: UUID, body: ReviewIn, session: DbSession, caller: Caller, now: Now
) -> ReviewOut:
    """Add a review of how the agreement works. 404 `agreement_not_found`."""
    row = await service.create_review(session, agreement_id=agreement_id, **body.model_dump(), by=caller.id, now=now)
    return ReviewOut.from_row(row)


@router.get("/{agreement_id}/reviews", dependencies=[READ])
async def list_reviews(agreement_id: UUID, session: DbSession, page: PageQuery) -> Page[ReviewOut]:
    """List the reviews, the first one first. 404 `agreement_not_found`."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_reviews(session, agreement_id=agreement_id, after=after, limit=page.fetch_limit)
    rows, next_cursor = paginate(found, page, key=lambda row: (row.id,))
    return Page(items=page.show(rows, ReviewOut.from_row), next_cursor=next_cursor)


def _response(row: AgreementVersion, response: Response, *, now: datetime) -> AgreementOut:
    response.headers["ETag"] = etag(row.version)
    return AgreementOut.from_row(row, now=now)
