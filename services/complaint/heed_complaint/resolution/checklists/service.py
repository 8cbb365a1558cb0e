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
from heed_complaint.resolution.checklists.tables import CaseFacts, StepTick
from heed_complaint.resolution.playbooks import service as playbooks
from heed_complaint.resolution.playbooks.rules import Playbook, matching
from heed_complaint.sla import case as cases


@dataclass(frozen=True, slots=True)
class Handling:
    """The playbook that fits, what is known of the case, and what was ticked off."""

    playbook: Playbook
    facts: Mapping[str, object]
    ticks: Mapping[str, StepTick]
    customer_language: str | None


async def facts_of(session: AsyncSession, *, complaint_id: UUID) -> CaseFacts | None:
    """What the desk has found out; None where it has said nothing yet."""
    await cases.load(session, complaint_id=complaint_id)
    return await repository.facts_row(session, complaint_id)


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
    rules.check_facts(facts, knowledge.declared(await playbooks.in_force(session)))
    row = await repository.facts_row(session, complaint_id)
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


async def handling_of(session: AsyncSession, *, complaint_id: UUID) -> Handling:
    """What is to be done about it, and what of that is done."""
    case = await cases.load(session, complaint_id=complaint_id)
    return await _handling(session, case.complaint)


async def tick(
    session: AsyncSession, *, complaint_id: UUID, step: str, done: bool, note: str | None, by: str, now: datetime
) -> Handling:
    """A step is done, or turns out not to be."""
    case = await cases.lock(session, complaint_id)
    found = await _handling(session, case.complaint)
    ticked = [code for code, said in found.ticks.items() if said.done]
    rules.check_step(found.playbook, step, facts=found.facts, done=ticked, ticked=done)
    await repository.tick(
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
    return await _handling(session, case.complaint)


async def playbook_of(session: AsyncSession, complaint: Complaint) -> Playbook | None:
    """The playbook that fits what is known now."""
    found = await playbooks.in_force(session)
    known = await knowledge.of(session, [complaint], found)
    return matching(found, known[complaint.id])


async def _handling(session: AsyncSession, complaint: Complaint) -> Handling:
    found = await playbooks.in_force(session)
    known = (await knowledge.of(session, [complaint], found))[complaint.id]
    playbook = matching(found, known)
    if playbook is None:
        raise NoPlaybook
    ticks = await repository.ticks(session, complaint.id, playbook.name)
    language = known.get("customer.language")
    return Handling(playbook, known, ticks, str(language) if language else None)
