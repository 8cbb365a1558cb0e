"""Use cases of guarantees: operators define them, customers claim them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_common.upserts import Upserted
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
    """A guarantee that applies to a complaint, with its claim on it."""

    row: Guarantee
    claim: GuaranteeClaim | None


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
) -> Upserted[Guarantee]:
    """Create or replace the guarantee and record the version.

    Raises `GuaranteeInvalid`, `ConditionError`, `NotPayable`, and the errors of If-Match.
    """
    values = {"content": dict(content), "valid_from": valid_from, "valid_until": valid_until}
    parsed = rules.parse_guarantee(name, new_id(), content, valid_from=valid_from, valid_until=valid_until)
    if parsed.payout is not None:
        rules.check_payout(parsed.payout)
    created = await repository.insert_guarantee(session, {"name": name, "id": new_id(), "revision": 1, **values})
    if created is not None:
        versions.record_version(session, version_key(name), _version_content(values), by=by, at=now)
        return Upserted(created, created=True)
    row = await repository.lock_guarantee(session, name)
    if row is None:
        raise GuaranteeNotFound
    require_if_match(if_match, row.revision)
    if any(getattr(row, field) != values[field] for field in CHANGEABLE):
        for field in CHANGEABLE:
            setattr(row, field, values[field])
        row.revision += 1
        versions.record_version(session, version_key(name), _version_content(values), by=by, at=now)
    return Upserted(row, created=False)


async def get(session: AsyncSession, *, name: str) -> Guarantee:
    """Return the guarantee. Raises `GuaranteeNotFound`."""
    found = await repository.get_guarantee(session, name)
    if found is None:
        raise GuaranteeNotFound
    return found


async def delete(session: AsyncSession, *, name: str, by: str, if_match: int | None, now: datetime) -> None:
    """Delete the guarantee; claims that were paid stay paid."""
    found = await repository.lock_guarantee(session, name)
    if found is None:
        raise GuaranteeNotFound
    require_if_match(if_match, found.revision)
    await repository.delete_guarantee(session, name)
    versions.record_version(session, version_key(name), None, by=by, at=now)


async def list_versions(session: AsyncSession, *, name: str, after: int, limit: int) -> Sequence[RuleVersion]:
    """Return all versions with their authors, the oldest first; also of a guarantee that was deleted."""
    return await versions.list_versions(session, version_key(name), after=after, limit=limit)


def version_key(name: str) -> str:
    return f"guarantees/{name}"


async def list_guarantees(session: AsyncSession, *, after: str, limit: int) -> Sequence[Guarantee]:
    return await repository.list_guarantees(session, after=after, limit=limit)


async def list_for_complaint(
    session: AsyncSession, *, complaint_id: UUID, after: str, limit: int
) -> list[GuaranteeWithClaim]:
    """Return the guarantees that apply to the complaint or were claimed on it, by name."""
    complaint = (await cases.load(session, complaint_id=complaint_id)).complaint
    claims = await repository.claims_on(session, complaint_id)
    applicable = await _applicable(session, complaint)
    rows = [row for row in await repository.list_all(session) if row.name > after]
    shown = [row for row in rows if row.name in applicable or row.name in claims]
    return [GuaranteeWithClaim(row, claims.get(row.name)) for row in shown[:limit]]


async def invoke(
    session: AsyncSession, *, complaint_id: UUID, name: str, note: str | None, by: str, now: datetime
) -> GuaranteeWithClaim:
    """Claim a guarantee on the customer's request: the customer's dissatisfaction is enough.

    Raises `GuaranteeNotApplicable`, `NotOnCustomerRequest`, `AlreadyTriggered`.
    """
    case = await cases.lock_unmerged(session, complaint_id)
    row = await get(session, name=name)
    guarantee = (await _applicable(session, case.complaint)).get(name)
    if guarantee is None:
        raise GuaranteeNotApplicable
    if not guarantee.is_on_customer_request:
        raise NotOnCustomerRequest
    staged = await payouts.claim(session, case.complaint, case.clocks, guarantee, broken=(), by=by, note=note, now=now)
    if not staged:
        raise AlreadyTriggered
    await cases.save(session, case, now=now)
    await outbox.stage_all(session, staged, now=now)
    return GuaranteeWithClaim(row, (await repository.claims_on(session, complaint_id))[name])


def _version_content(values: Mapping[str, Any]) -> dict[str, Any]:
    validity = {field: values[field] for field in ("valid_from", "valid_until")}
    return {**values["content"], **to_jsonable_python(validity)}


async def _applicable(session: AsyncSession, complaint: Complaint) -> dict[str, rules.Guarantee]:
    facts = (await payouts.facts_of(session, [complaint]))[complaint.id]
    return {
        guarantee.name: guarantee
        for guarantee in await payouts.list_parsed(session)
        if guarantee.applies(received_at=complaint.received_at, facts=facts)
    }
