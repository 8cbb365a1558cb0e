"""Use cases of playbooks and remedy limits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_common.upserts import Upserted
from heed_complaint.resolution.payable import check_all_payable
from heed_complaint.resolution.playbooks import defaults, repository, rules
from heed_complaint.resolution.playbooks.errors import FactDeclaredOtherwise, PlaybookInvalid, PlaybookNotFound
from heed_complaint.resolution.playbooks.tables import Playbook, RemedyLimits, RuleVersion

LIMITS_NAME = "limits"
"""Path of the limits beside the playbooks, so no playbook can have this name."""


async def put(
    session: AsyncSession,
    *,
    name: str,
    order: int,
    content: Mapping[str, Any],
    currency: str,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Upserted[Playbook]:
    """Create or replace the playbook and record the version.

    Raises `PlaybookInvalid`, `ConditionError`, `FactDeclaredOtherwise`, `NotPayable`, and the errors of If-Match.
    """
    if name == LIMITS_NAME:
        raise PlaybookInvalid("No playbook can have this name.")
    await repository.lock_for_write(session)
    parsed = rules.parse_playbook(name, order, content)
    amounts = rules.limit_amounts(content, content["remedies"], at="/remedies")
    check_all_payable(amounts, content["currency"] or currency)
    await _check_facts(session, parsed)
    row = await repository.get_playbook(session, name)
    if row is not None:
        require_if_match(if_match, row.revision)
        if (row.order, row.content) == (order, content):
            return Upserted(row, created=False)
    repository.record_version(session, version_key(name), {"order": order, **content}, by=by, at=now)
    if row is None:
        row = await repository.add_playbook(session, name=name, order=order, content=content)
        return Upserted(row, created=True)
    row.order, row.content, row.revision = order, dict(content), row.revision + 1
    return Upserted(row, created=False)


async def get(session: AsyncSession, *, name: str) -> Playbook:
    """Return the playbook. Raises `PlaybookNotFound`."""
    found = await repository.get_playbook(session, name)
    if found is None:
        raise PlaybookNotFound
    return found


async def delete(session: AsyncSession, *, name: str, by: str, if_match: int | None, now: datetime) -> None:
    """Delete the playbook; completed steps stay in the history of their complaints."""
    await repository.lock_for_write(session)
    found = await get(session, name=name)
    require_if_match(if_match, found.revision)
    await repository.delete_playbook(session, name)
    repository.record_version(session, version_key(name), None, by=by, at=now)


async def list_playbooks(session: AsyncSession, *, after: tuple[int, str], limit: int) -> Sequence[Playbook]:
    return await repository.list_playbooks(session, after=after, limit=limit)


async def list_parsed(session: AsyncSession) -> list[rules.Playbook]:
    """Return all playbooks, parsed."""
    return [rules.parse_playbook(row.name, row.order, row.content) for row in await repository.list_all(session)]


async def get_limits(session: AsyncSession) -> RemedyLimits:
    """Return the general limits."""
    return await repository.get_limits(session)


async def put_limits(
    session: AsyncSession, *, content: Mapping[str, Any], currency: str, by: str, if_match: int | None, now: datetime
) -> RemedyLimits:
    """Replace the general limits and record the version; remedies that were granted before stay."""
    rules.parse_limits(content)
    check_all_payable(rules.limit_amounts(content, content["kinds"], at="/kinds"), content["currency"] or currency)
    row = await repository.lock_limits(session)
    require_if_match(if_match, row.revision)
    if row.content != content:
        row.content, row.revision = dict(content), row.revision + 1
        repository.record_version(session, version_key(LIMITS_NAME), content, by=by, at=now)
    return row


async def scale_defaults(session: AsyncSession, *, before: Decimal, now: Decimal) -> None:
    """Scale the default limits and the default playbook to another currency, unless an operator changed them."""
    await repository.lock_for_write(session)
    limits = await repository.lock_limits(session)
    if limits.content == defaults.on_scale(defaults.LIMITS, before):
        limits.content = defaults.on_scale(defaults.LIMITS, now)
    shipped = await repository.get_playbook(session, defaults.CALLING_CARD_NAME)
    if shipped is not None and shipped.content == defaults.on_scale(defaults.CALLING_CARD, before):
        shipped.content = defaults.on_scale(defaults.CALLING_CARD, now)


async def list_versions(session: AsyncSession, *, name: str, after: int, limit: int) -> Sequence[RuleVersion]:
    """Return all versions with their authors, the oldest first; also of a deleted playbook."""
    return await repository.list_versions(session, version_key(name), after=after, limit=limit)


def version_key(name: str) -> str:
    return f"playbooks/{name}"


async def _check_facts(session: AsyncSession, playbook: rules.Playbook) -> None:
    """Raise `FactDeclaredOtherwise` unless all playbooks declare a fact with the same kind.

    A complaint stores a fact once, so it has one kind for all playbooks.
    """
    others = [other for other in await list_parsed(session) if other.name != playbook.name]
    for index, (fact, kind) in enumerate(playbook.facts.items()):
        if any(other.facts.get(fact, kind) != kind for other in others):
            raise FactDeclaredOtherwise(pointer=f"/facts/{index}/kind")
