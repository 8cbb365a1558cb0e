"""Who gets how much time, as those write it who are responsible for the desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import PreconditionFailed
from heed_common.revisions import check_if_match, require_if_match
from heed_complaint.sla.clock.plan import PolicyKey
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.policies import repository, rules
from heed_complaint.sla.terms.policies.errors import DefaultStays, PolicyNotFound
from heed_complaint.sla.terms.policies.rules import DEFAULT, Policy
from heed_complaint.sla.terms.policies.tables import PolicyVersion
from heed_complaint.sla.terms.resolver import Book
from heed_complaint.sla.terms.revisions import repository as changes

POLICY = "policy"

Document = Mapping[str, Any]


async def write(
    session: AsyncSession, *, name: str, document: Document, by: str, if_match: int | None, now: datetime
) -> tuple[PolicyVersion, bool]:
    """From now on this is granted. The second answer: whether there was none of that name."""
    await changes.lock(session)
    before = await repository.newest(session, name)
    is_new = before is None or before.removed
    if before is not None and not is_new:
        require_if_match(if_match, before.version)
    elif if_match is not None:
        raise PreconditionFailed
    if before is not None and not is_new and before.document == document:
        return before, False
    policy = await _read(session, name, document, before, now=now)
    return await _add(session, policy.layer.key, document, by=by, now=now), is_new


async def candidate(
    session: AsyncSession, *, name: str, document: Document, if_match: int | None, now: datetime
) -> Book:
    """The terms as `write` would make them."""
    before = await repository.newest(session, name)
    if before is not None and not before.removed:
        check_if_match(if_match, before.version)
    policy = await _read(session, name, document, before, now=now)
    return (await resolver.book(session)).with_policy(policy)


async def get(session: AsyncSession, *, name: str, version: int | None) -> PolicyVersion:
    """The policy as it counts now, or as it was in one of its versions."""
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
    """Each as it counts now, in the order in which they are asked."""
    rows = sorted(await repository.newest_of_all(session), key=rank)
    return [row for row in rows if after is None or rank(row) > after][:limit]


def rank(row: PolicyVersion) -> tuple[bool, int, str]:
    """The place of a policy among the others."""
    return rules.rank(row.name, row.document["order"])


async def remove(session: AsyncSession, *, name: str, by: str, if_match: int | None, now: datetime) -> None:
    """It is asked no more. Its versions stay, for the deadlines that refer to them."""
    if name == DEFAULT:
        raise DefaultStays
    await changes.lock(session)
    before = await repository.newest(session, name)
    if before is None or before.removed:
        raise PolicyNotFound
    require_if_match(if_match, before.version)
    await _add(session, PolicyKey(name, before.version + 1), before.document, by=by, now=now, removed=True)


async def _read(
    session: AsyncSession, name: str, document: Document, before: PolicyVersion | None, *, now: datetime
) -> Policy:
    policy = rules.read(PolicyKey(name, before.version + 1 if before else 1), document)
    if name == DEFAULT:
        rules.check_default(policy)
    rules.check_reach(policy.layer, (await resolver.book(session)).calendars, now=now)
    return policy


async def _add(
    session: AsyncSession, key: PolicyKey, document: Document, *, by: str, now: datetime, removed: bool = False
) -> PolicyVersion:
    said = {"document": dict(document), "at": now, "by": by, "removed": removed}
    row = await repository.add(session, name=key.name, version=key.version, **said)
    await changes.note(session, what=POLICY, name=key.name, version=key.version, by=by, at=now)
    return row
