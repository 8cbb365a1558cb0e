"""The desk finds out what the case is, is told what to do, and ticks off what it did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.core import repository as complaints
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.checklists import facts as knowledge
from heed_complaint.resolution.checklists import repository, rules
from heed_complaint.resolution.checklists.errors import NoPlaybook
from heed_complaint.resolution.checklists.tables import CaseFacts, StepCompletion
from heed_complaint.resolution.playbooks import service as playbooks
from heed_complaint.resolution.playbooks.rules import Playbook, first_match
from heed_complaint.sla import case as cases


@dataclass(frozen=True, slots=True)
class Checklist:
    """The playbook that fits, what is known of the case, and what was ticked off."""

    playbook: Playbook
    facts: Mapping[str, object]
    ticks: Mapping[str, StepCompletion]
    customer_language: str | None


async def get_facts(session: AsyncSession, *, complaint_id: UUID) -> CaseFacts | None:
    """What the desk has found out; None where it has said nothing yet."""
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
    """The desk has found out what the case is; the playbook follows."""
    await cases.lock(session, complaint_id)
    rules.check_facts(facts, knowledge.declared_facts(await playbooks.list_parsed(session)))
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
    """What is to be done about it, and what of that is done."""
    case = await cases.load(session, complaint_id=complaint_id)
    return await _checklist(session, case.complaint)


async def complete_step(
    session: AsyncSession, *, complaint_id: UUID, step: str, done: bool, note: str | None, by: str, now: datetime
) -> Checklist:
    """A step is done, or turns out not to be."""
    case = await cases.lock(session, complaint_id)
    found = await _checklist(session, case.complaint)
    ticked = [code for code, said in found.ticks.items() if said.done]
    rules.check_step(found.playbook, step, facts=found.facts, done=ticked, ticked=done)
    await repository.save_completion(
        session, complaint_id, playbook=found.playbook.name, step=step, done=done, note=note, by=by, at=now
    )
    said = {"playbook": found.playbook.name, "step": step}
    complaints.append_history(
        session,
        complaint_id,
        at=now,
        by=by,
        action="step",
        before=said | {"done": step in ticked},
        after=said | {"done": done},
        note=note,
    )
    return await _checklist(session, case.complaint)


async def matching_playbook(session: AsyncSession, complaint: Complaint) -> Playbook | None:
    """The playbook that fits what is known now."""
    found = await playbooks.list_parsed(session)
    known = await knowledge.gather(session, [complaint], found)
    return first_match(found, known[complaint.id])


async def _checklist(session: AsyncSession, complaint: Complaint) -> Checklist:
    found = await playbooks.list_parsed(session)
    known = (await knowledge.gather(session, [complaint], found))[complaint.id]
    playbook = first_match(found, known)
    if playbook is None:
        raise NoPlaybook
    ticks = await repository.list_completions(session, complaint.id, playbook.name)
    language = known.get("customer.language")
    return Checklist(playbook, known, ticks, str(language) if language else None)
