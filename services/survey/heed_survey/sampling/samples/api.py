"""HTTP API of samples."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from heed_common import http
from heed_common.http import DbSession, Now, get_settings, requires
from heed_common.http.openapi import Responses
from heed_common.paging import Page, PageQuery, paginate
from heed_survey.customers.frame.rules import FramePolicy
from heed_survey.sampling.samples import service
from heed_survey.sampling.samples.schemas import FrameFieldsOut, MemberOut, SampleIn, SampleOut
from heed_survey.settings import Settings

READ, WRITE = requires("surveys:read"), requires("surveys:write")
DRY_RUN: Responses = {200: {"model": SampleOut, "description": "What a dry run computed; nothing is stored."}}

router = http.router(prefix="/v1/surveys", tags=["sampling"])


@router.get("/frame-fields", dependencies=[READ])
async def get_frame_fields() -> FrameFieldsOut:
    """Return the fields of conditions on customers, for samples, quotas and policies."""
    return FrameFieldsOut.all()


@router.post("/{survey_id}/samples", status_code=201, responses=DRY_RUN, dependencies=[WRITE])
async def create_sample(
    survey_id: UUID,
    body: SampleIn,
    session: DbSession,
    settings: Annotated[Settings, Depends(get_settings)],
    now: Now,
    response: Response,
    dry_run: Annotated[bool, Query(description="Only compute sizes, strata and weights.")] = False,  # noqa: FBT002
) -> SampleOut:
    """Draw a sample of the customers in the frame. 409 `study_missing`, 422 `frame_empty`."""
    sample = await service.create_sample(
        session,
        survey_id=survey_id,
        request=body.to_domain(),
        policy=FramePolicy.from_settings(settings),
        dry_run=dry_run,
        now=now,
    )
    if dry_run:
        response.status_code = 200
    else:
        response.headers["Location"] = f"/v1/surveys/{survey_id}/samples/{sample.id}"
    return SampleOut.from_row(sample, dry_run=dry_run)


@router.get("/{survey_id}/samples", dependencies=[READ])
async def list_samples(survey_id: UUID, session: DbSession, page: PageQuery) -> Page[SampleOut]:
    """List the samples of the survey, the newest first. 404 `survey_not_found`."""
    (before,) = page.after(UUID) or (None,)
    rows = await service.list_samples(session, survey_id=survey_id, before=before, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda sample: (sample.id,))
    return Page(items=page.show(items, SampleOut.from_row), next_cursor=next_cursor)


@router.get("/{survey_id}/samples/{sample_id}", dependencies=[READ])
async def get_sample(survey_id: UUID, sample_id: UUID, session: DbSession) -> SampleOut:
    """Return a sample with its strata. 404 `sample_not_found`."""
    return SampleOut.from_row(await service.get_sample(session, survey_id=survey_id, sample_id=sample_id))


@router.get("/{survey_id}/samples/{sample_id}/members", dependencies=[READ])
async def list_members(survey_id: UUID, sample_id: UUID, session: DbSession, page: PageQuery) -> Page[MemberOut]:
    """List the members with their design, in the order of the customers' ids. 404 `sample_not_found`."""
    (after,) = page.after(UUID) or (None,)
    rows = await service.list_members(
        session, survey_id=survey_id, sample_id=sample_id, after=after, limit=page.fetch_limit
    )
    items, next_cursor = paginate(rows, page, key=lambda member: (member.customer_id,))
    shown = page.show(items, MemberOut.from_row, name=lambda member: member.customer_id)
    return Page(items=shown, next_cursor=next_cursor)
