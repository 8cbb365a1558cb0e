"""Operators lay down how foreseeable complaints are handled, and how much may be given without asking."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.resolution.payable import check_all_payable
from heed_complaint.resolution.playbooks import repository, rules, seed
from heed_complaint.resolution.playbooks.errors import FactDeclaredOtherwise, PlaybookInvalid, PlaybookNotFound
from heed_complaint.resolution.playbooks.tables import Playbook, RemedyLimits, RuleVersion

LIMITS_NAME = "limits"
"""A path beside the playbooks, so no playbook has this name."""


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
) -> tuple[Playbook, bool]:
    """From now on complaints of this sort are handled so. True where there was no such playbook."""
    if name == LIMITS_NAME:
        raise PlaybookInvalid("No playbook can have this name.")
    await repository.lock_for_write(session)
    read = rules.parse_playbook(name, order, content)
    amounts = rules.limit_amounts(content, content["remedies"], at="/remedies")
    check_all_payable(amounts, content["currency"] or currency)
    await _check_facts(session, read)
    known = await repository.get_playbook(session, name)
    if known is not None:
        require_if_match(if_match, known.revision)
        if (known.order, known.content) == (order, content):
            return known, False
    repository.record_version(session, version_key(name), {"order": order, **content}, by=by, at=now)
    if known is None:
        return await repository.add_playbook(session, name=name, order=order, content=content), True
    known.order, known.content, known.revision = order, dict(content), known.revision + 1
    return known, False


async def get(session: AsyncSession, *, name: str) -> Playbook:
    found = await repository.get_playbook(session, name)
    if found is None:
        raise PlaybookNotFound
    return found


async def delete(session: AsyncSession, *, name: str, by: str, if_match: int | None, now: datetime) -> None:
    """Complaints of this sort are handled freely again; what was ticked off stays in their history."""
    await repository.lock_for_write(session)
    found = await get(session, name=name)
    require_if_match(if_match, found.revision)
    await repository.delete_playbook(session, name)
    repository.record_version(session, version_key(name), None, by=by, at=now)


async def list_playbooks(session: AsyncSession, *, after: tuple[int, str], limit: int) -> Sequence[Playbook]:
    return await repository.list_playbooks(session, after=after, limit=limit)


async def list_parsed(session: AsyncSession) -> list[rules.Playbook]:
    """All of them, read."""
    return [rules.parse_playbook(row.name, row.order, row.content) for row in await repository.list_all(session)]


async def get_limits(session: AsyncSession) -> RemedyLimits:
    """How much may be given where no playbook says otherwise."""
    return await repository.get_limits(session)


async def put_limits(
    session: AsyncSession, *, content: Mapping[str, Any], currency: str, by: str, if_match: int | None, now: datetime
) -> RemedyLimits:
    """From now on so much may be given without asking; what was given is left alone."""
    rules.parse_limits(content)
    check_all_payable(rules.limit_amounts(content, content["kinds"], at="/kinds"), content["currency"] or currency)
    known = await repository.lock_limits(session)
    require_if_match(if_match, known.revision)
    if known.content != content:
        known.content, known.revision = dict(content), known.revision + 1
        repository.record_version(session, version_key(LIMITS_NAME), content, by=by, at=now)
    return known


async def scale_defaults(session: AsyncSession, *, before: Decimal, now: Decimal) -> None:
    """Put the limits and the playbook that Heed ships on another scale of money, unless an operator changed them."""
    await repository.lock_for_write(session)
    get_limits = await repository.lock_limits(session)
    if get_limits.content == seed.on_scale(seed.LIMITS, before):
        get_limits.content = seed.on_scale(seed.LIMITS, now)
    shipped = await repository.get_playbook(session, seed.CALLING_CARD_NAME)
    if shipped is not None and shipped.content == seed.on_scale(seed.CALLING_CARD, before):
        shipped.content = seed.on_scale(seed.CALLING_CARD, now)


async def list_versions(session: AsyncSession, *, name: str, after: int, limit: int) -> Sequence[RuleVersion]:
    """Who laid down what and when, the first thing first; also of what is there no more."""
    return await repository.list_versions(session, version_key(name), after=after, limit=limit)


def version_key(name: str) -> str:
    return f"playbooks/{name}"


async def _check_facts(session: AsyncSession, playbook: rules.Playbook) -> None:
    """A fact is recorded once for a complaint, so it is of one kind, whichever playbook asks for it."""
    others = [other for other in await list_parsed(session) if other.name != playbook.name]
    for place, (fact, kind) in enumerate(playbook.facts.items()):
        if any(other.facts.get(fact, kind) != kind for other in others):
            raise FactDeclaredOtherwise(pointer=f"/facts/{place}/kind")
