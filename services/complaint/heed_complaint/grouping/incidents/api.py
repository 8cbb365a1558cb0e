"""Door 1: incidents, and what is done with all complaints about one."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, PageRequest
from heed_complaint.core.visibility_guard import CHANGE, SeesConfidential
from heed_complaint.grouping.incidents import bulk_actions, membership, service
from heed_complaint.grouping.incidents.rules import IncidentState, Outcome
from heed_complaint.grouping.incidents.schemas import (
    AnswerIn,
    ComplaintIdsIn,
    IncidentIn,
    IncidentOut,
    IncidentPatch,
    LikeIn,
    OutcomeOut,
    OutcomesOut,
)
from heed_complaint.grouping.incidents.tables import Incident
from heed_complaint.lifecycle.transitions.schemas import AnyMove
from heed_complaint.sla.schemas import ComplaintOut

router = http.router(prefix="/v1/complaints/incidents", tags=["incidents"])
READ, WRITE = requires("complaints:read"), requires("complaints:write")

DryRun = Annotated[bool, Query(description="Only says which complaints would be attached.")]


async def _shown(session: DbSession, incident: Incident, response: Response, *, confidential: bool) -> IncidentOut:
    response.headers["ETag"] = etag(incident.revision)
    counts = await service.count(session, [incident], confidential=confidential)
    return IncidentOut.of(incident, counts[incident.id])


@router.post("", status_code=201, dependencies=[WRITE])
async def open_incident(
    body: IncidentIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> IncidentOut:
    """One fault that many complain about. 422 `unknown_category`."""
    incident = await service.open_incident(session, new=body.as_new(), by=caller.id, now=now)
    response.headers["Location"] = f"/v1/complaints/incidents/{incident.id}"
    return await _shown(session, incident, response, confidential=False)


@router.get("", dependencies=[READ])
async def list_incidents(
    session: DbSession,
    page: PageQuery,
    confidential: SeesConfidential,
    state: Annotated[IncidentState | None, Query()] = None,
) -> Page[IncidentOut]:
    """The newest first."""
    (before,) = page.after(UUID) or (None,)
    found = await service.list_incidents(session, state=state, before=before, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda incident: (incident.id,))
    counts = await service.count(session, shown, confidential=confidential)
    return Page(items=page.show(shown, lambda one: IncidentOut.of(one, counts[one.id])), next_cursor=next_cursor)


@router.get("/{incident_id}", dependencies=[READ])
async def read_incident(
    incident_id: UUID, session: DbSession, confidential: SeesConfidential, response: Response
) -> IncidentOut:
    """The incident with how many complaints stand where. 404 `incident_not_found`."""
    incident = await service.get(session, incident_id=incident_id)
    return await _shown(session, incident, response, confidential=confidential)


@router.patch("/{incident_id}", dependencies=[WRITE])
async def change_incident(
    incident_id: UUID,
    body: IncidentPatch,
    session: DbSession,
    confidential: SeesConfidential,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> IncidentOut:
    """Describes it better, or says that it is over. 412, 428."""
    incident = await service.change(
        session, incident_id=incident_id, changes=body.changes(), if_match=if_match, now=now
    )
    return await _shown(session, incident, response, confidential=confidential)


@router.get("/{incident_id}/complaints", dependencies=[READ])
async def list_complaints_about(
    incident_id: UUID, session: DbSession, page: PageQuery, confidential: SeesConfidential, now: Now
) -> Page[ComplaintOut]:
    """Those that are handled themselves: of a merged one the survivor is."""
    (after,) = page.after(UUID) or (None,)
    found = await service.complaints_about(
        session, incident_id=incident_id, confidential=confidential, after=after, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda case: (case.complaint.id,))
    return Page(items=page.show(shown, lambda case: ComplaintOut.from_case(case, now=now)), next_cursor=next_cursor)


@router.post("/{incident_id}/attach", dependencies=[WRITE])
async def attach_complaints(
    incident_id: UUID, body: ComplaintIdsIn, session: DbSession, caller: Caller, now: Now
) -> OutcomesOut:
    """These are about it. 409 `incident_is_over`; what keeps a single one from it stands with that one."""
    outcomes = await membership.attach(
        session,
        incident_id=incident_id,
        complaint_ids=body.complaint_ids,
        confidential=caller.may(CHANGE),
        by=caller.id,
        now=now,
    )
    return OutcomesOut.of(outcomes)


@router.post("/{incident_id}/attach-alike", dependencies=[WRITE])
async def attach_alike(
    incident_id: UUID, body: LikeIn, session: DbSession, caller: Caller, now: Now, *, dry_run: DryRun = False
) -> OutcomesOut:
    """Open complaints about no incident yet that have this in common, 200 at a call; `left` says how many remain."""
    like, confidential = body.as_like(), caller.may(CHANGE)
    if dry_run:
        await service.get(session, incident_id=incident_id)
        outcomes, left = await membership.preview(session, like=like, confidential=confidential)
    else:
        outcomes, left = await membership.attach_alike(
            session, incident_id=incident_id, like=like, confidential=confidential, by=caller.id, now=now
        )
    return OutcomesOut.of(outcomes, left=left)


@router.post("/{incident_id}/detach", dependencies=[WRITE])
async def detach_complaints(
    incident_id: UUID, body: ComplaintIdsIn, session: DbSession, caller: Caller, now: Now
) -> OutcomesOut:
    """These are about something else after all."""
    outcomes = await membership.detach(
        session,
        incident_id=incident_id,
        complaint_ids=body.complaint_ids,
        confidential=caller.may(CHANGE),
        by=caller.id,
        now=now,
    )
    return OutcomesOut.of(outcomes)


@router.post("/{incident_id}/transitions", dependencies=[WRITE])
async def move_complaints_about(
    incident_id: UUID, body: AnyMove, session: DbSession, caller: Caller, now: Now, page: PageQuery
) -> Page[OutcomeOut]:
    """Takes them all the same step, `limit` at a call; call again with `next_cursor` until there is none."""
    (after,) = page.after(UUID) or (None,)
    outcomes, rest = await bulk_actions.move_all(
        session,
        incident_id=incident_id,
        step=body.root.as_move(),
        confidential=caller.may(CHANGE),
        after=after,
        limit=page.limit,
        by=caller.id,
        now=now,
    )
    return _page(outcomes, rest, page)


@router.post("/{incident_id}/messages", dependencies=[WRITE])
async def answer_complaints_about(
    incident_id: UUID, body: AnswerIn, session: DbSession, caller: Caller, now: Now, page: PageQuery
) -> Page[OutcomeOut]:
    """One answer to all, `limit` at a call; call again with `next_cursor` until there is none."""
    (after,) = page.after(UUID) or (None,)
    outcomes, rest = await bulk_actions.tell_all(
        session,
        incident_id=incident_id,
        text=body.text,
        confidential=caller.may(CHANGE),
        after=after,
        limit=page.limit,
        by=caller.id,
        now=now,
    )
    return _page(outcomes, rest, page)


def _page(outcomes: list[Outcome], rest: UUID | None, page: PageRequest) -> Page[OutcomeOut]:
    next_cursor = page.cursor_behind(rest) if rest else None
    return Page(items=page.show(outcomes, OutcomeOut.of), next_cursor=next_cursor)
