"""HTTP API of the facts of a case and the checklist of its playbook."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from heed_common import http
from heed_common.http import Caller, DbSession, IfMatch, Now, RequestLanguage, etag, requires
from heed_complaint.resolution.checklists import service
from heed_complaint.resolution.checklists.schemas import (
    STEP_DONE,
    CaseFactsIn,
    CaseFactsOut,
    ChecklistOut,
    StepCompletionIn,
)
from heed_complaint.resolution.playbooks.schemas import Code

READ, WRITE = requires("complaints:read"), requires("complaints:write")

router = http.router(prefix="/v1/complaints", tags=["playbooks"])


@router.get("/{complaint_id:uuid}/facts", dependencies=[READ])
async def get_case_facts(complaint_id: UUID, session: DbSession, response: Response) -> CaseFactsOut:
    """Return the facts of the case that agents found out."""
    row = await service.get_facts(session, complaint_id=complaint_id)
    if row is not None:
        response.headers["ETag"] = etag(row.revision)
    return CaseFactsOut(facts={} if row is None else row.facts)


@router.put("/{complaint_id:uuid}/facts", dependencies=[WRITE])
async def put_case_facts(
    complaint_id: UUID,
    body: CaseFactsIn,
    session: DbSession,
    caller: Caller,
    now: Now,
    if_match: IfMatch,
    response: Response,
) -> CaseFactsOut:
    """Replace the facts of the case; the matching playbook follows. 412, 422 `unknown_fact`, `fact_invalid`, 428."""
    row = await service.put_facts(
        session, complaint_id=complaint_id, facts=body.facts, by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(row.revision)
    return CaseFactsOut(facts=row.facts)


@router.get("/{complaint_id:uuid}/playbook", dependencies=[READ])
async def get_complaint_playbook(complaint_id: UUID, session: DbSession, language: RequestLanguage) -> ChecklistOut:
    """Return the matching playbook with its instructions and the completed steps. 404 `no_playbook`."""
    checklist = await service.get_checklist(session, complaint_id=complaint_id)
    return ChecklistOut.of(checklist, language=language)


@router.post("/{complaint_id:uuid}/playbook/steps/{step}", dependencies=[WRITE])
async def complete_playbook_step(
    complaint_id: UUID,
    step: Annotated[Code, Path()],
    session: DbSession,
    caller: Caller,
    now: Now,
    language: RequestLanguage,
    body: StepCompletionIn = STEP_DONE,
) -> ChecklistOut:
    """Complete a step, or undo it with `done: false`.

    404 `step_not_found`, 409 `step_not_applicable`, `step_too_early`.
    """
    checklist = await service.complete_step(
        session, complaint_id=complaint_id, step=step, done=body.done, note=body.note, by=caller.id, now=now
    )
    return ChecklistOut.of(checklist, language=language)
