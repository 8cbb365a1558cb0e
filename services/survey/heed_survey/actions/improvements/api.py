"""HTTP API of improvement actions."""

from datetime import date
from uuid import UUID

from fastapi import Request as HTTPRequest
from fastapi import Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.http.dependencies import get_resources
from heed_common.paging import Page, PageQuery, paginate
from heed_survey.actions.improvements import rules, service
from heed_survey.actions.improvements.rules import Direction
from heed_survey.actions.improvements.schemas import ImprovementEffectOut, ImprovementIn, ImprovementOut
from heed_survey.analysis.dependencies import CapacityDep
from heed_survey.analysis.results.documents import EstimateOut
from heed_survey.analysis.service import Request

READ, WRITE = requires("surveys:read"), requires("surveys:write")

router = http.router(prefix="/v1/surveys/{survey_id}/improvements", tags=["actions"])


@router.post("", status_code=201, dependencies=[WRITE])
async def create_improvement(
    survey_id: UUID, body: ImprovementIn, session: DbSession, now: Now, response: Response
) -> ImprovementOut:
    """Create an improvement action. 422 `unknown_item`, `figure_needs_item`, `same_wave`."""
    improvement = await service.create_improvement(session, survey_id=survey_id, terms=body.to_domain(), now=now)
    response.headers["Location"] = f"/v1/surveys/{survey_id}/improvements/{improvement.id}"
    response.headers["ETag"] = etag(improvement.revision)
    return ImprovementOut.model_validate(improvement)


@router.get("", dependencies=[READ])
async def list_improvements(survey_id: UUID, session: DbSession, page: PageQuery) -> Page[ImprovementOut]:
    """List the improvement actions of the survey, the earliest due first. 404 `survey_not_found`."""
    after = page.after(date, UUID)
    rows = await service.list_improvements(
        session, survey_id=survey_id, after=after and (after[0], after[1]), limit=page.fetch_limit
    )
    items, next_cursor = paginate(rows, page, key=lambda row: (row.due_on, row.id))
    return Page(items=page.show(items, ImprovementOut.model_validate), next_cursor=next_cursor)


@router.get("/{improvement_id}", dependencies=[READ])
async def get_improvement(
    survey_id: UUID, improvement_id: UUID, session: DbSession, response: Response
) -> ImprovementOut:
    """Return an improvement action. 404 `improvement_not_found`."""
    improvement = await service.get_improvement(session, survey_id=survey_id, improvement_id=improvement_id)
    response.headers["ETag"] = etag(improvement.revision)
    return ImprovementOut.model_validate(improvement)


@router.put("/{improvement_id}", dependencies=[WRITE])
async def put_improvement(
    survey_id: UUID,
    improvement_id: UUID,
    body: ImprovementIn,
    session: DbSession,
    if_match: IfMatch,
    response: Response,
) -> ImprovementOut:
    """Replace an improvement action. 404 `improvement_not_found`, 412, 422 as for a new one, 428."""
    improvement = await service.put_improvement(
        session, survey_id=survey_id, improvement_id=improvement_id, terms=body.to_domain(), if_match=if_match
    )
    response.headers["ETag"] = etag(improvement.revision)
    return ImprovementOut.model_validate(improvement)


@router.get("/{improvement_id}/effect", dependencies=[READ])
async def get_effect(
    http_request: HTTPRequest, survey_id: UUID, improvement_id: UUID, capacity: CapacityDep, caller: Caller, now: Now
) -> ImprovementEffectOut:
    """Return the change between the waves with its interval. 409 `wave_missing`, `no_responses`."""
    request = Request(survey_id=survey_id, caller=caller.id, reads_responses=caller.may("responses:read"), now=now)
    database = get_resources(http_request).database
    improvement, found = await service.load_effect(database, capacity, improvement_id=improvement_id, request=request)
    direction, change = Direction(improvement.direction), found.change
    estimate, low, high = (
        (change.estimate, change.low, change.high) if isinstance(change, EstimateOut) else (None, None, None)
    )
    return ImprovementEffectOut(
        **dict(found),
        direction=direction,
        size=improvement.size,
        verdict=rules.verdict_of(low, high, direction),
        is_reached=rules.is_reached(estimate, direction=direction, size=improvement.size),
    )
