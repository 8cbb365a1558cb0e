"""HTTP API of requests to invite."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from heed_common import http
from heed_common.http import DbSession, Now, SettingsDep, requires
from heed_survey.invitations.batches import service
from heed_survey.invitations.batches.schemas import InvitationBatchOut, InvitationsIn

router = http.router(prefix="/v1/surveys/{survey_id}", tags=["invitations"])

DryRun = Annotated[bool, Query(description="Only return what would come of each customer; send and store nothing.")]


@router.post("/invitations", status_code=202, dependencies=[requires("surveys:write")])
async def invite_customers(
    survey_id: UUID,
    body: InvitationsIn,
    session: DbSession,
    settings: SettingsDep,
    now: Now,
    *,
    dry_run: DryRun = False,
) -> InvitationBatchOut:
    """Invite customers, or a sample, once in a wave. Merged customers count as one; none with an open complaint.

    404 `survey_not_found`, 409 `survey_not_open`, `no_public_url`, 422 `group_too_small`, 404 `sample_not_found`.
    """
    terms = await service.check(session, survey_id=survey_id, public_url=settings.public_url, options=body.to_options())
    if body.customer_ids is None:
        batch = await service.invite_sample(session, terms=terms, dry_run=dry_run, now=now)
        return InvitationBatchOut.from_domain(batch, dry_run=dry_run)
    if dry_run:
        found = await service.dry_run(session, terms=terms, customer_ids=body.customer_ids, now=now)
        return InvitationBatchOut.from_domain(found.batch, found, dry_run=True)
    invited = await service.invite_customers(session, terms=terms, customer_ids=body.customer_ids, now=now)
    return InvitationBatchOut.from_domain(invited.batch, invited)


@router.get("/invitation-batches/{batch_id}", dependencies=[requires("surveys:read")])
async def get_invitation_batch(survey_id: UUID, batch_id: UUID, session: DbSession) -> InvitationBatchOut:
    """Return a request to invite with its progress. 404 `invitation_batch_not_found`."""
    return InvitationBatchOut.from_domain(await service.get_batch(session, survey_id=survey_id, batch_id=batch_id))
