"""Facts that conditions use: of complaints, of their customers, and those that agents found out."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.condition_values import FieldType
from heed_complaint.core import condition_fields
from heed_complaint.core.customers.families import customers_of
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.checklists import repository, rules
from heed_complaint.resolution.playbooks.rules import CASE_PREFIX, Playbook

AFFECTED_COUNT = f"{CASE_PREFIX}affected_count"
"""Counted for a mass incident, unless agents state another number."""

Facts = Mapping[str, object]


def declared_facts(playbooks: Sequence[Playbook]) -> dict[str, FieldType]:
    """Return every fact that a playbook declares, with its kind."""
    return {name: kind for playbook in playbooks for name, kind in playbook.facts.items()}


async def gather(
    session: AsyncSession, complaints: Sequence[Complaint], playbooks: Sequence[Playbook]
) -> dict[UUID, Facts]:
    """Return the present facts of each complaint."""
    customers = await customers_of(session, {complaint.customer_id for complaint in complaints})
    found = await repository.facts_by_complaint(session, [complaint.id for complaint in complaints])
    incidents = {complaint.incident_id for complaint in complaints if complaint.incident_id is not None}
    sizes = await repository.incident_sizes(session, sorted(incidents)) if incidents else {}
    kinds = declared_facts(playbooks)
    return {
        complaint.id: condition_fields.facts_of(complaint, customers.get(complaint.customer_id))
        | ({AFFECTED_COUNT: sizes[complaint.incident_id]} if complaint.incident_id in sizes else {})
        | rules.known_facts(found.get(complaint.id, {}), kinds)
        for complaint in complaints
    }
