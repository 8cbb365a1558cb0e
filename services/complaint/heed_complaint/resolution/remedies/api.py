"""HTTP API of remedies."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from heed_common import http, paging
from heed_common.http import Caller, DbSession, Now, SettingsDep, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.resolution.remedies import service
from heed_complaint.resolution.remedies.rules import ExchangeRates
from heed_complaint.resolution.remedies.schemas import NO_COMMENT, DecisionIn, RemedyIn, RemedyOut

READ, WRITE = requires("complaints:read"), requires("complaints:write")

router = http.router(prefix="/v1/complaints", tags=["remedies"])


def get_exchange_rates(settings: SettingsDep) -> ExchangeRates:
    return ExchangeRates(settings.currency, settings.rates)


CurrentExchangeRates = Annotated[ExchangeRates, Depends(get_exchange_rates)]


@router.post("/{complaint_id:uuid}/remedies", status_code=201, dependencies=[WRITE])
async def request_remedy(
    complaint_id: UUID,
    body: RemedyIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    exchange_rates: CurrentExchangeRates,
    response: Response,
) -> RemedyOut:
    """Grant a remedy, or leave it for approval if requested so. 422 `over_limit` with the limit, `not_payable`."""
    remedy = await service.request(
        session,
        complaint_id=complaint_id,
        request=body.to_domain(),
        exchange_rates=exchange_rates,
        by=caller.id,
        now=now,
    )
    response.headers["Location"] = f"/v1/complaints/{complaint_id}/remedies/{remedy.id}"
    return RemedyOut.model_validate(remedy)


@router.get("/{complaint_id:uuid}/remedies", dependencies=[READ])
async def list_remedies(complaint_id: UUID, session: DbSession, page: PageQuery) -> Page[RemedyOut]:
    """List granted, pending and rejected remedies, the oldest first."""
    (after,) = page.after(UUID) or (None,)
    rows = await service.list_remedies(session, complaint_id=complaint_id, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(shown, RemedyOut.model_validate), next_cursor=next_cursor)


@router.get("/{complaint_id:uuid}/remedies/{remedy_id}", dependencies=[READ])
async def get_remedy(complaint_id: UUID, remedy_id: UUID, session: DbSession) -> RemedyOut:
    """Return one remedy. 404 `remedy_not_found`."""
    return RemedyOut.model_validate(await service.get(session, complaint_id=complaint_id, remedy_id=remedy_id))


@router.post("/{complaint_id:uuid}/remedies/{remedy_id}/approve", dependencies=[WRITE])
async def approve_remedy(
    complaint_id: UUID,
    remedy_id: UUID,
    session: DbSession,
    caller: Caller,
    now: Now,
    body: DecisionIn = NO_COMMENT,
) -> RemedyOut:
    """Approve a pending remedy as a second person. 403 `not_an_authoriser`, `four_eyes`, 409 `remedy_decided`."""
    remedy = await service.approve(
        session,
        complaint_id=complaint_id,
        remedy_id=remedy_id,
        note=body.note,
        by=caller.id,
        scopes=caller.scopes,
        now=now,
    )
    return RemedyOut.model_validate(remedy)


@router.post("/{complaint_id:uuid}/remedies/{remedy_id}/reject", dependencies=[WRITE])
async def reject_remedy(
    complaint_id: UUID,
    remedy_id: UUID,
    session: DbSession,
    caller: Caller,
    now: Now,
    body: DecisionIn = NO_COMMENT,
) -> RemedyOut:
    """Reject a pending remedy as a second person. 403 `not_an_authoriser`, `four_eyes`, 409 `remedy_decided`."""
    remedy = await service.reject(
        session,
        complaint_id=complaint_id,
        remedy_id=remedy_id,
        note=body.note,
        by=caller.id,
        scopes=caller.scopes,
        now=now,
    )
    return RemedyOut.model_validate(remedy)
