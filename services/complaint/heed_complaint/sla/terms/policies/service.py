"""Use cases of policies."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import PreconditionFailed
from heed_common.revisions import check_if_match, require_if_match
from heed_common.upserts import Upserted
from heed_complaint.sla.clock.plan import PolicyKey
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.policies import repository, rules
from heed_complaint.sla.terms.policies.errors import DefaultStays, PolicyNotFound
from heed_complaint.sla.terms.policies.rules import DEFAULT, Policy
from heed_complaint.sla.terms.policies.tables import PolicyVersion
from heed_complaint.sla.terms.resolver import TermsSnapshot
from heed_complaint.sla.terms.revisions import repository as revisions

POLICY = "policy"

Document = Mapping[str, Any]


async def put(
    session: AsyncSession, *, name: str, document: Document, by: str, if_match: int | None, now: datetime
) -> Upserted[PolicyVersion]:
    """Create a version of the policy; an unchanged one creates none. Open complaints will be replanned."""
    await revisions.lock(session)
    before = await repository.newest(session, name)
    created = before is None or before.removed
    if before is not None and not created:
        require_if_match(if_match, before.version)
    elif if_match is not None:
        raise PreconditionFailed
    if before is not None and not created and before.document == document:
        return Upserted(before, created=False)
    policy = await _parse(session, name, document, before, now=now)
    return Upserted(await _add(session, policy.layer.key, document, by=by, now=now), created=created)


async def dry_run_terms(
    session: AsyncSession, *, name: str, document: Document, if_match: int | None, now: datetime
) -> TermsSnapshot:
    """Return the terms as `put` would change them."""
    before = await repository.newest(session, name)
    if before is not None and not before.removed:
        check_if_match(if_match, before.version)
    policy = await _parse(session, name, document, before, now=now)
    return (await resolver.current_terms(session)).with_policy(policy)


async def get(session: AsyncSession, *, name: str, version: int | None) -> PolicyVersion:
    """Return that version of the policy, by default the newest. Raises `PolicyNotFound`."""
    if version is not None:
        found = await repository.version(session, PolicyKey(name, version))
    else:
        found = await repository.newest(session, name)
    if found is None or found.removed:
        raise PolicyNotFound
    return found


async def list_policies(
    session: AsyncSession, *, after: tuple[bool, int, str] | None, limit: int
) -> Sequence[PolicyVersion]:
    """Return the newest version of each policy, in order of precedence."""
    rows = sorted(await repository.newest_of_all(session), key=rank)
    return [row for row in rows if after is None or rank(row) > after][:limit]


def rank(row: PolicyVersion) -> tuple[bool, int, str]:
    """Return the sort key of a policy."""
    return rules.rank(row.name, row.document["order"])


async def delete(session: AsyncSession, *, name: str, by: str, if_match: int | None, now: datetime) -> None:
    """Mark the policy as removed. Its versions remain, for the deadlines that refer to them."""
    if name == DEFAULT:
        raise DefaultStays
    await revisions.lock(session)
    before = await repository.newest(session, name)
    if before is None or before.removed:
        raise PolicyNotFound
    require_if_match(if_match, before.version)
    await _add(session, PolicyKey(name, before.version + 1), before.document, by=by, now=now, removed=True)


async def _parse(
    session: AsyncSession, name: str, document: Document, before: PolicyVersion | None, *, now: datetime
) -> Policy:
    policy = rules.parse(PolicyKey(name, before.version + 1 if before else 1), document)
    if name == DEFAULT:
        rules.check_default(policy)
    rules.check_calendars(policy.layer, (await resolver.current_terms(session)).calendars, now=now)
    return policy


async def _add(
    session: AsyncSession, key: PolicyKey, document: Document, *, by: str, now: datetime, removed: bool = False
) -> PolicyVersion:
    values = {"document": dict(document), "at": now, "by": by, "removed": removed}
    row = await repository.add(session, name=key.name, version=key.version, **values)
    await revisions.record_revision(session, subject_type=POLICY, name=key.name, version=key.version, by=by, now=now)
    return row
