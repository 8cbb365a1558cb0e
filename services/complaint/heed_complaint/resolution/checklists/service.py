"""Use cases of checklists: agents record facts of the case and complete the steps of the matching playbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.checklists import facts as case_facts
from heed_complaint.resolution.checklists import repository, rules
from heed_complaint.resolution.checklists.errors import NoPlaybook
from heed_complaint.resolution.checklists.tables import CaseFacts, StepCompletion
from heed_complaint.resolution.playbooks import service as playbooks
from heed_complaint.resolution.playbooks.rules import Playbook, first_match
from heed_complaint.sla import case as cases


@dataclass(frozen=True, slots=True)
class Checklist:
    """The matching playbook, the facts of the case and the completed steps."""

    playbook: Playbook
    facts: Mapping[str, object]
    completions: Mapping[str, StepCompletion]
    customer_language: str | None


async def get_facts(session: AsyncSession, *, complaint_id: UUID) -> CaseFacts | None:
    """Return the facts that agents found out, None if there are none yet."""
    await cases.load(session, complaint_id=complaint_id)
    return await repository.get_facts(session, complaint_id)


async def put_facts(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    facts: Mapping[str, Any],
    by: str,
    if_match: int | None,
    now: datetime,
) -> CaseFacts:
    """Replace the facts of the case. Raises `UnknownFact`, `FactInvalid`, and the errors of If-Match."""
    await cases.lock(session, complaint_id)
    rules.check_facts(facts, case_facts.declared_facts(await playbooks.list_parsed(session)))
    row = await repository.get_facts(session, complaint_id)
    before = {} if row is None else row.facts
    if row is None:
        row = await repository.add_facts(session, complaint_id, facts)
    else:
        require_if_match(if_match, row.revision)
        if row.facts == facts:
            return row
        row.facts, row.revision = dict(facts), row.revision + 1
    complaints.append_history(session, complaint_id, at=now, by=by, action="facts", before=before, after=facts)
    return row


async def get_checklist(session: AsyncSession, *, complaint_id: UUID) -> Checklist:
    """Return the checklist of the complaint. Raises `NoPlaybook`."""
    case = await cases.load(session, complaint_id=complaint_id)
    return await _checklist(session, case.complaint)


async def complete_step(
    session: AsyncSession, *, complaint_id: UUID, step: str, done: bool, note: str | None, by: str, now: datetime
) -> Checklist:
    """Complete a step, or undo its completion. Raises `StepNotFound`, `StepNotApplicable`, `StepTooEarly`."""
    case = await cases.lock(session, complaint_id)
    checklist = await _checklist(session, case.complaint)
    completed = [code for code, completion in checklist.completions.items() if completion.done]
    rules.check_step(checklist.playbook, step, facts=checklist.facts, completed=completed, done=done)
    await repository.save_completion(
        session, complaint_id, playbook=checklist.playbook.name, step=step, done=done, note=note, by=by, at=now
    )
    subject = {"playbook": checklist.playbook.name, "step": step}
    complaints.append_history(
        session,
        complaint_id,
        at=now,
        by=by,
        action="step",
        before=subject | {"done": step in completed},
        after=subject | {"done": done},
        note=note,
    )
    return await _checklist(session, case.complaint)


async def matching_playbook(session: AsyncSession, complaint: Complaint) -> Playbook | None:
    """Return the playbook that matches the present facts, None if there is none."""
    candidates = await playbooks.list_parsed(session)
    facts = await case_facts.gather(session, [complaint], candidates)
    return first_match(candidates, facts[complaint.id])


async def _checklist(session: AsyncSession, complaint: Complaint) -> Checklist:
    candidates = await playbooks.list_parsed(session)
    facts = (await case_facts.gather(session, [complaint], candidates))[complaint.id]
    playbook = first_match(candidates, facts)
    if playbook is None:
        raise NoPlaybook
    completions = await repository.list_completions(session, complaint.id, playbook.name)
    language = facts.get("customer.language")
    return Checklist(playbook, facts, completions, str(language) if language else None)
