"""From the ledger made anew to facts and families: the same fold, customer by customer."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.identities.alias_graph import Aliases
from heed_scoring.ledger.facts import Facts, to_json
from heed_scoring.rebuild import repository
from heed_scoring.rebuild.progress import Progress
from heed_scoring.scores.daily_refresh import MIN_ID

PAGE_SIZE = 1000


class ScoredAs(NamedTuple):
    """How a customer's row stands after an exchange: as of that day, so that the sweep of today takes them all."""

    swept: date
    model_version: str


async def fold_all(session: AsyncSession, *, afterwards: ScoredAs, progress: Progress) -> int:
    """Answers how many customers there are."""
    await repository.insert_aliases(session)
    count, after = 0, MIN_ID
    while ids := await repository.ledger_customers(session, after=after, size=PAGE_SIZE):
        await _fold(session, ids, afterwards=afterwards)
        count, after = count + len(ids), ids[-1]
        progress.at("customers folded", count)
    await _join_families(session, afterwards=afterwards)
    return count


async def fold_again(session: AsyncSession, customer_ids: Collection[UUID], *, afterwards: ScoredAs) -> None:
    """Those of whom something new is known."""
    await repository.insert_aliases(session)
    ids = sorted(customer_ids)
    for start in range(0, len(ids), PAGE_SIZE):
        await _fold(session, ids[start : start + PAGE_SIZE], afterwards=afterwards)
    await repository.copy_published_state(session)
    await _join_families(session, afterwards=afterwards)


async def _fold(session: AsyncSession, customer_ids: Sequence[UUID], *, afterwards: ScoredAs) -> None:
    """One customer after the other."""
    folded: list[tuple[UUID, str, int, datetime | None]] = []
    owner, facts, latest = None, Facts(), None
    async for row, recorded_at in repository.rows_of(session, customer_ids):
        if row.customer_id != owner:
            _keep(folded, owner, facts, latest)
            owner, facts, latest = row.customer_id, Facts(), None
        facts.add(row)
        latest = latest if recorded_at == repository.NOT_RECORDED else recorded_at
    _keep(folded, owner, facts, latest)
    await repository.upsert_facts(session, folded, swept=afterwards.swept, model_version=afterwards.model_version)


def _keep(
    folded: list[tuple[UUID, str, int, datetime | None]], owner: UUID | None, facts: Facts, latest: datetime | None
) -> None:
    if owner is not None:
        folded.append((owner, to_json(facts), facts.rows, latest))


async def _join_families(session: AsyncSession, *, afterwards: ScoredAs) -> None:
    """Who is one with whom follows from all aliases together."""
    told = await repository.all_aliases(session)
    aliases = Aliases(told)
    named = {alias.member for alias in told} | {alias.survivor for alias in told if alias.survivor is not None}
    families = aliases.families(named)
    roots = {member: root for root, members in families.items() if len(members) > 1 for member in members}
    await repository.update_survivors(session, roots, swept=afterwards.swept, model_version=afterwards.model_version)
