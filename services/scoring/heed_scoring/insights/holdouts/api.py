"""HTTP API of hold-outs: create, assign customers, report the uplift."""

from uuid import UUID

from fastapi import Response

from heed_common import http
from heed_common.http import DbSession, Now, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_scoring.insights.holdouts import service
from heed_scoring.insights.holdouts.schemas import (
    AssignmentIn,
    HoldoutAssignmentOut,
    HoldoutIn,
    HoldoutOut,
    HoldoutReportOut,
)
from heed_scoring.insights.holdouts.tables import Assignment, Holdout
from heed_scoring.time_zone.http import Today

router = http.router(prefix="/v1/portfolio/holdouts", tags=["portfolio"])


@router.post("", status_code=201, response_model=HoldoutOut, dependencies=[requires("scores:write")])
async def create_holdout(body: HoldoutIn, session: DbSession, now: Now, response: Response) -> Holdout:
    """Create a hold-out: a random share of the customers goes without an action, to measure its effect."""
    holdout = await service.create_holdout(session, **dict(body), now=now)
    response.headers["Location"] = f"/v1/portfolio/holdouts/{holdout.id}"
    return holdout


@router.get("", dependencies=[requires("scores:read")])
async def list_holdouts(session: DbSession, page: PageQuery) -> Page[HoldoutOut]:
    """List all hold-outs, newest first."""
    before = page.after(UUID)
    rows = await service.list_holdouts(session, before=before[0] if before else None, limit=page.fetch_limit)
    items, cursor = paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(items, HoldoutOut.model_validate), next_cursor=cursor)


@router.get("/{holdout_id}", dependencies=[requires("scores:read")])
async def get_holdout(holdout_id: UUID, session: DbSession, today: Today) -> HoldoutReportOut:
    """Return repurchases within the horizon in each arm, and the uplift with its interval. 404 `holdout_not_found`."""
    return await service.get_report(session, holdout_id=holdout_id, today=today)


@router.post(
    "/{holdout_id}/assignments",
    status_code=201,
    response_model=HoldoutAssignmentOut,
    responses={200: {"model": HoldoutAssignmentOut, "description": "The customer had been assigned before."}},
    dependencies=[requires("scores:write")],
)
async def assign_customer(
    holdout_id: UUID, body: AssignmentIn, session: DbSession, now: Now, today: Today, response: Response
) -> Assignment:
    """Assign a customer when they would get the action: treatment or holdout, the same forever.

    Merged customers are in one arm; the response names the one who was assigned.

    404 `holdout_not_found`.
    """
    assignment, is_new = await service.assign(
        session, holdout_id=holdout_id, customer_id=body.customer_id, today=today, now=now
    )
    response.status_code = 201 if is_new else 200
    return assignment
