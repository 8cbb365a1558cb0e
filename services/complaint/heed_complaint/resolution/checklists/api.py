"""Door 1: what the desk is to do about a complaint, and what it did."""

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
    """What the desk has found out about the case."""
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
    """All that is known of the case; the playbook follows. 412, 422 `unknown_fact`, `fact_invalid`, 428."""
    row = await service.put_facts(
        session, complaint_id=complaint_id, facts=body.facts, by=caller.id, if_match=if_match, now=now
    )
    response.headers["ETag"] = etag(row.revision)
    return CaseFactsOut(facts=row.facts)


@router.get("/{complaint_id:uuid}/playbook", dependencies=[READ])
async def get_complaint_playbook(complaint_id: UUID, session: DbSession, language: RequestLanguage) -> ChecklistOut:
    """The playbook that fits, with what to do and to say, and the steps that are done. 404 `no_playbook`."""
    handling = await service.get_checklist(session, complaint_id=complaint_id)
    return ChecklistOut.of(handling, language=language)


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
    """Ticks a step off, or takes the tick back. 404 `step_not_found`, 409 `step_not_applicable`, `step_too_early`."""
    handling = await service.complete_step(
        session, complaint_id=complaint_id, step=step, done=body.done, note=body.note, by=caller.id, now=now
    )
    return ChecklistOut.of(handling, language=language)
