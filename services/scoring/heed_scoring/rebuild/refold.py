"""Fold the rebuilt ledger into facts and families, customer by customer."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.progress import Progress
from heed_scoring.identities.alias_graph import Aliases
from heed_scoring.ledger.facts import Facts, to_json
from heed_scoring.rebuild import repository
from heed_scoring.scores.daily_refresh import MIN_ID

PAGE_SIZE = 1000

FoldedFacts = tuple[UUID, str, int, datetime | None]
"""Customer, facts, their number of rows, and the moment of the last row."""


class ScoredAs(NamedTuple):
    """Day and model of every rebuilt row: the day is yesterday, so that today's refresh scores all of them again."""

    scored_on: date
    model_version: str


async def fold_all(session: AsyncSession, *, scored_as: ScoredAs, progress: Progress) -> int:
    """Fold all customers of the rebuilt ledger. Return how many there are."""
    await repository.insert_aliases(session)
    count, after = 0, MIN_ID
    while ids := await repository.ledger_customers(session, after=after, size=PAGE_SIZE):
        await _fold(session, ids, scored_as=scored_as)
        count, after = count + len(ids), ids[-1]
        progress.at("customers folded", count)
    await _update_survivors(session, scored_as=scored_as)
    return count


async def fold_again(session: AsyncSession, customer_ids: Collection[UUID], *, scored_as: ScoredAs) -> None:
    """Fold these customers again, and copy the published state of all."""
    await repository.insert_aliases(session)
    ids = sorted(customer_ids)
    for start in range(0, len(ids), PAGE_SIZE):
        await _fold(session, ids[start : start + PAGE_SIZE], scored_as=scored_as)
    await repository.copy_published_state(session)
    await _update_survivors(session, scored_as=scored_as)


async def _fold(session: AsyncSession, customer_ids: Sequence[UUID], *, scored_as: ScoredAs) -> None:
    folded: list[FoldedFacts] = []
    owner, facts, latest = None, Facts(), None
    async for row, recorded_at in repository.rows_of(session, customer_ids):
        if row.customer_id != owner:
            _append(folded, owner, facts, latest, day=scored_as.scored_on)
            owner, facts, latest = row.customer_id, Facts(), None
        facts.add(row)
        latest = latest if recorded_at == repository.NOT_RECORDED else recorded_at
    _append(folded, owner, facts, latest, day=scored_as.scored_on)
    await repository.upsert_facts(session, folded, scored_on=scored_as.scored_on, model_version=scored_as.model_version)


def _append(folded: list[FoldedFacts], owner: UUID | None, facts: Facts, latest: datetime | None, *, day: date) -> None:
    if owner is not None:
        facts.close_days(day)
        folded.append((owner, to_json(facts), facts.rows, latest))


async def _update_survivors(session: AsyncSession, *, scored_as: ScoredAs) -> None:
    """Set the survivor of each customer from all aliases together."""
    rows = await repository.all_aliases(session)
    aliases = Aliases(rows)
    named = {alias.member for alias in rows} | {alias.survivor for alias in rows if alias.survivor is not None}
    families = aliases.families(named)
    survivors = {member: root for root, members in families.items() if len(members) > 1 for member in members}
    await repository.update_survivors(
        session, survivors, scored_on=scored_as.scored_on, model_version=scored_as.model_version
    )
