"""The house promises something to everybody; a customer who says that it was not kept is paid."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_complaint.core.tables import Complaint
from heed_complaint.resolution.guarantees import payouts, repository, rules
from heed_complaint.resolution.guarantees.errors import (
    AlreadyTriggered,
    GuaranteeNotApplicable,
    GuaranteeNotFound,
    NotOnCustomerRequest,
)
from heed_complaint.resolution.guarantees.tables import Guarantee, GuaranteeClaim
from heed_complaint.resolution.playbooks import repository as versions
from heed_complaint.resolution.playbooks.tables import RuleVersion
from heed_complaint.sla import case as cases

CHANGEABLE = ("content", "valid_from", "valid_until")


class GuaranteeWithClaim(NamedTuple):
    """A guarantee on one complaint: what it promises, and how it was called upon, if it was."""

    row: Guarantee
    call: GuaranteeClaim | None


async def put(
    session: AsyncSession,
    *,
    name: str,
    content: Mapping[str, Any],
    valid_from: datetime,
    valid_until: datetime | None,
    by: str,
    if_match: int | None,
    now: datetime,
) -> tuple[Guarantee, bool]:
    """From now on this is promised. True where there was no such guarantee."""
    said = {"content": dict(content), "valid_from": valid_from, "valid_until": valid_until}
    read = rules.parse_guarantee(name, new_id(), content, valid_from=valid_from, valid_until=valid_until)
    if read.payout is not None:
        rules.check_payout(read.payout)
    made = await repository.insert_guarantee(session, {"name": name, "id": new_id(), "revision": 1, **said})
    if made is not None:
        versions.record_version(session, version_key(name), _version_content(said), by=by, at=now)
        return made, True
    known = await repository.lock_guarantee(session, name)
    if known is None:
        raise GuaranteeNotFound
    require_if_match(if_match, known.revision)
    if any(getattr(known, field) != said[field] for field in CHANGEABLE):
        for field in CHANGEABLE:
            setattr(known, field, said[field])
        known.revision += 1
        versions.record_version(session, version_key(name), _version_content(said), by=by, at=now)
    return known, False


async def get(session: AsyncSession, *, name: str) -> Guarantee:
    found = await repository.get_guarantee(session, name)
    if found is None:
        raise GuaranteeNotFound
    return found


async def delete(session: AsyncSession, *, name: str, by: str, if_match: int | None, now: datetime) -> None:
    """It is promised no more; what was paid stays paid."""
    found = await repository.lock_guarantee(session, name)
    if found is None:
        raise GuaranteeNotFound
    require_if_match(if_match, found.revision)
    await repository.delete_guarantee(session, name)
    versions.record_version(session, version_key(name), None, by=by, at=now)


async def list_versions(session: AsyncSession, *, name: str, after: int, limit: int) -> Sequence[RuleVersion]:
    """Who promised what and when, the first thing first; also of what is promised no more."""
    return await versions.list_versions(session, version_key(name), after=after, limit=limit)


def version_key(name: str) -> str:
    return f"guarantees/{name}"


async def list_guarantees(session: AsyncSession, *, after: str, limit: int) -> Sequence[Guarantee]:
    return await repository.list_guarantees(session, after=after, limit=limit)


async def list_for_complaint(
    session: AsyncSession, *, complaint_id: UUID, after: str, limit: int
) -> list[GuaranteeWithClaim]:
    """What is promised to this customer, and what of it was called upon."""
    complaint = (await cases.load(session, complaint_id=complaint_id)).complaint
    calls = await repository.claims_on(session, complaint_id)
    holding = await _applicable(session, complaint)
    rows = [row for row in await repository.list_all(session) if row.name > after]
    return [GuaranteeWithClaim(row, calls.get(row.name)) for row in rows if row.name in holding or row.name in calls][
        :limit
    ]


async def invoke(
    session: AsyncSession, *, complaint_id: UUID, name: str, note: str | None, by: str, now: datetime
) -> tuple[Guarantee, GuaranteeClaim]:
    """The customer is not satisfied and says so, which is enough."""
    case = await cases.lock_unmerged(session, complaint_id)
    row = await get(session, name=name)
    guarantee = (await _applicable(session, case.complaint)).get(name)
    if guarantee is None:
        raise GuaranteeNotApplicable
    if not guarantee.by_word:
        raise NotOnCustomerRequest
    staged = await payouts.trigger(
        session, case.complaint, case.clocks, guarantee, broken=(), by=by, note=note, now=now
    )
    if not staged:
        raise AlreadyTriggered
    await cases.keep(session, case, staged, now=now)
    return row, (await repository.claims_on(session, complaint_id))[name]


def _version_content(said: Mapping[str, Any]) -> dict[str, Any]:
    validity = {field: said[field] for field in ("valid_from", "valid_until")}
    return {**said["content"], **to_jsonable_python(validity)}


async def _applicable(session: AsyncSession, complaint: Complaint) -> dict[str, rules.Guarantee]:
    known = (await payouts.facts_of(session, [complaint]))[complaint.id]
    return {
        guarantee.name: guarantee
        for guarantee in await payouts.in_force(session)
        if guarantee.holds(received_at=complaint.received_at, known=known)
    }
