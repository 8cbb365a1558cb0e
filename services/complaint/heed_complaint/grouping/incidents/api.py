"""HTTP API of incidents and of bulk actions on their complaints."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from heed_common import http, paging
from heed_common.http import Caller, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, PageRequest
from heed_complaint.core.visibility_guard import CHANGE, SeesConfidential
from heed_complaint.grouping.incidents import bulk_actions, membership, service
from heed_complaint.grouping.incidents.rules import BulkItemResult, IncidentState
from heed_complaint.grouping.incidents.schemas import (
    BulkItemOut,
    BulkResultOut,
    ComplaintIdsIn,
    IncidentIn,
    IncidentMessageIn,
    IncidentOut,
    IncidentPatch,
    MatchCriteriaIn,
)
from heed_complaint.grouping.incidents.tables import Incident
from heed_complaint.lifecycle.transitions.schemas import AnyMove
from heed_complaint.sla.schemas import ComplaintOut

router = http.router(prefix="/v1/complaints/incidents", tags=["incidents"])
READ, WRITE = requires("complaints:read"), requires("complaints:write")

DryRun = Annotated[bool, Query(description="Only return which complaints would be attached.")]


async def _incident_response(
    session: DbSession, incident: Incident, response: Response, *, confidential: bool
) -> IncidentOut:
    response.headers["ETag"] = etag(incident.revision)
    counts = await service.count_complaints(session, [incident], confidential=confidential)
    return IncidentOut.from_domain(incident, counts[incident.id])


@router.post("", status_code=201, dependencies=[WRITE])
async def create_incident(
    body: IncidentIn, session: DbSession, caller: Caller, now: Now, response: Response
) -> IncidentOut:
    """Open an incident: one fault about which many complain. 422 `unknown_category`."""
    incident = await service.open_incident(session, new=body.to_domain(), by=caller.id, now=now)
    response.headers["Location"] = f"/v1/complaints/incidents/{incident.id}"
    return await _incident_response(session, incident, response, confidential=False)


@router.get("", dependencies=[READ])
async def list_incidents(
    session: DbSession,
    page: PageQuery,
    confidential: SeesConfidential,
    state: Annotated[IncidentState | None, Query()] = None,
) -> Page[IncidentOut]:
    """Return the newest first."""
    (before,) = page.after(UUID) or (None,)
    found = await service.list_incidents(session, state=state, before=before, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(found, page, key=lambda incident: (incident.id,))
    counts = await service.count_complaints(session, shown, confidential=confidential)
    return Page(
        items=page.show(shown, lambda row: IncidentOut.from_domain(row, counts[row.id])), next_cursor=next_cursor
    )


@router.get("/{incident_id}", dependencies=[READ])
async def get_incident(
    incident_id: UUID, session: DbSession, confidential: SeesConfidential, response: Response
) -> IncidentOut:
    """Return the incident with the number of complaints by state. 404 `incident_not_found`."""
    incident = await service.get_incident(session, incident_id=incident_id)
    return await _incident_response(session, incident, response, confidential=confidential)


@router.patch("/{incident_id}", dependencies=[WRITE])
async def update_incident(
    incident_id: UUID,
    body: IncidentPatch,
    session: DbSession,
    confidential: SeesConfidential,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> IncidentOut:
    """Change the description, close or reopen the incident. 412, 428."""
    incident = await service.update_incident(
        session, incident_id=incident_id, changes=body.changes(), if_match=if_match, now=now
    )
    return await _incident_response(session, incident, response, confidential=confidential)


@router.get("/{incident_id}/complaints", dependencies=[READ])
async def list_incident_complaints(
    incident_id: UUID, session: DbSession, page: PageQuery, confidential: SeesConfidential, now: Now
) -> Page[ComplaintOut]:
    """Return the complaints about the incident, without those that are merged into another one."""
    (after,) = page.after(UUID) or (None,)
    found = await service.list_complaints(
        session, incident_id=incident_id, confidential=confidential, after=after, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda case: (case.complaint.id,))
    return Page(items=page.show(shown, lambda case: ComplaintOut.from_case(case, now=now)), next_cursor=next_cursor)


@router.post("/{incident_id}/attach", dependencies=[WRITE])
async def attach_complaints(
    incident_id: UUID, body: ComplaintIdsIn, session: DbSession, caller: Caller, now: Now
) -> BulkResultOut:
    """Attach complaints to the incident. 409 `incident_is_over`; errors of single complaints are in their items."""
    results = await membership.attach(
        session,
        incident_id=incident_id,
        complaint_ids=body.complaint_ids,
        confidential=caller.may(CHANGE),
        by=caller.id,
        now=now,
    )
    return BulkResultOut.from_domain(results)


@router.post("/{incident_id}:attach-matching", dependencies=[WRITE])
async def attach_matching_complaints(
    incident_id: UUID, body: MatchCriteriaIn, session: DbSession, caller: Caller, now: Now, *, dry_run: DryRun = False
) -> BulkResultOut:
    """Attach open complaints about no incident yet that match, 200 a call; `left` is how many remain."""
    criteria, confidential = body.to_domain(), caller.may(CHANGE)
    if dry_run:
        await service.get_incident(session, incident_id=incident_id)
        results, remaining = await membership.dry_run_matching(session, criteria=criteria, confidential=confidential)
    else:
        results, remaining = await membership.attach_matching(
            session, incident_id=incident_id, criteria=criteria, confidential=confidential, by=caller.id, now=now
        )
    return BulkResultOut.from_domain(results, remaining=remaining)


@router.post("/{incident_id}/detach", dependencies=[WRITE])
async def detach_complaints(
    incident_id: UUID, body: ComplaintIdsIn, session: DbSession, caller: Caller, now: Now
) -> BulkResultOut:
    """Detach complaints from the incident. 409 `incident_is_over`; errors of single complaints are in their items."""
    results = await membership.detach(
        session,
        incident_id=incident_id,
        complaint_ids=body.complaint_ids,
        confidential=caller.may(CHANGE),
        by=caller.id,
        now=now,
    )
    return BulkResultOut.from_domain(results)


@router.post("/{incident_id}/transitions", dependencies=[WRITE])
async def transition_incident_complaints(
    incident_id: UUID, body: AnyMove, session: DbSession, caller: Caller, now: Now, page: PageQuery
) -> Page[BulkItemOut]:
    """Apply a transition to all, `limit` a call; call again with `next_cursor` until there is none."""
    (after,) = page.after(UUID) or (None,)
    results, rest = await bulk_actions.transition_all(
        session,
        incident_id=incident_id,
        transition=body.root.as_move(),
        confidential=caller.may(CHANGE),
        after=after,
        limit=page.limit,
        by=caller.id,
        now=now,
    )
    return _page(results, rest, page)


@router.post("/{incident_id}/messages", dependencies=[WRITE])
async def message_incident_complaints(
    incident_id: UUID, body: IncidentMessageIn, session: DbSession, caller: Caller, now: Now, page: PageQuery
) -> Page[BulkItemOut]:
    """Send all customers a message, `limit` a call; call again with `next_cursor` until there is none."""
    (after,) = page.after(UUID) or (None,)
    results, rest = await bulk_actions.message_all(
        session,
        incident_id=incident_id,
        text=body.text,
        confidential=caller.may(CHANGE),
        after=after,
        limit=page.limit,
        by=caller.id,
        now=now,
    )
    return _page(results, rest, page)


def _page(results: list[BulkItemResult], rest: UUID | None, page: PageRequest) -> Page[BulkItemOut]:
    next_cursor = page.cursor_after(rest) if rest else None
    return Page(items=page.show(results, BulkItemOut.from_domain), next_cursor=next_cursor)
