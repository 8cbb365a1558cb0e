"""HTTP API of invitations: listed with their dispositions."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from heed_common import http, paging
from heed_common.http import DbSession, requires
from heed_common.paging import Page, PageQuery
from heed_survey.invitations.outcomes import service
from heed_survey.invitations.outcomes.rules import AAPOR_CODES
from heed_survey.invitations.outcomes.schemas import DispositionsOut, InvitationOut
from heed_survey.invitations.records import service as records
from heed_survey.invitations.records.rules import InvitationState
from heed_survey.surveys import service as surveys

READ = requires("surveys:read")
Wave = Annotated[str, Query(max_length=64)]

router = http.router(prefix="/v1/surveys/{survey_id}/invitations", tags=["invitations"])


def _get_filters(
    state: InvitationState | None = None,
    customer_id: UUID | None = None,
    batch_id: UUID | None = None,
    trigger_id: UUID | None = None,
    wave: Wave | None = None,
) -> dict[str, object]:
    given = {"state": state, "customer_id": customer_id, "batch_id": batch_id, "trigger_id": trigger_id, "wave": wave}
    return {name: value for name, value in given.items() if value is not None}


Filters = Annotated[dict[str, object], Depends(_get_filters)]


@router.get("", dependencies=[READ])
async def list_invitations(
    survey_id: UUID, session: DbSession, page: PageQuery, filters: Filters
) -> Page[InvitationOut]:
    """List the invitations of the survey with their dispositions, the latest first. 404 `survey_not_found`."""
    (after,) = page.after(UUID) or (None,)
    await surveys.get_survey(session, survey_id=survey_id)
    rows = await records.list_invitations(
        session, survey_id=survey_id, filters=filters, after=after, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(shown, InvitationOut.from_row), next_cursor=next_cursor)


@router.get("/dispositions", dependencies=[READ])
async def get_dispositions(survey_id: UUID, session: DbSession, wave: Wave | None = None) -> DispositionsOut:
    """Return how many invitations have each disposition, with AAPOR's codes. 404 `survey_not_found`."""
    await surveys.get_survey(session, survey_id=survey_id)
    counts = await service.disposition_counts(session, survey_id=survey_id, wave=wave)
    codes = {item: AAPOR_CODES[item] for item in counts}
    return DispositionsOut(total=sum(counts.values()), counts=dict(counts), aapor_codes=codes)


@router.get("/{invitation_id}", dependencies=[READ])
async def get_invitation(survey_id: UUID, invitation_id: UUID, session: DbSession) -> InvitationOut:
    """Return an invitation with its disposition. 404 `invitation_not_found`."""
    return InvitationOut.from_row(
        await records.get_invitation(session, survey_id=survey_id, invitation_id=invitation_id)
    )
