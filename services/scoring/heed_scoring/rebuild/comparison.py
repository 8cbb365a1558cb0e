"""Both sides, customer by customer: the hash of each, and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.rebuild import repository
from heed_scoring.rebuild.progress import Progress
from heed_scoring.rebuild.snapshot import Day, standing
from heed_scoring.rebuild.state_hash import StateHash, differing
from heed_scoring.rebuild.swap import Side
from heed_scoring.scores.daily_refresh import BEFORE_ALL

PAGE = 1000
NAMED = 20


@dataclass(slots=True)
class Compared:
    """Two hashes, equal when nobody differs, and the first who do."""

    in_use: str = ""
    made: str = ""
    customers: int = 0
    differing: int = 0
    first: list[tuple[UUID, Sequence[str]]] = field(default_factory=list)
    """With the parts of their state that differ."""


async def compare(session: AsyncSession, *, by: Day, progress: Progress) -> Compared:
    """All customers that either side knows."""
    compared, hashes, after = Compared(), {side: StateHash() for side in Side}, BEFORE_ALL
    while ids := await repository.page(session, after=after, size=PAGE):
        states = {side: await standing(session, ids, side=side, by=by) for side in Side}
        for customer_id in ids:
            sides = {side: states[side].get(customer_id) for side in Side}
            for side, parts in sides.items():
                if parts is not None:
                    hashes[side].add(customer_id, parts)
            _note(compared, customer_id, differing(sides[Side.IN_USE], sides[Side.MADE]))
        compared.customers, after = compared.customers + len(ids), ids[-1]
        progress.at("customers compared", compared.customers)
    compared.in_use, compared.made = hashes[Side.IN_USE].hexdigest(), hashes[Side.MADE].hexdigest()
    return compared


def _note(compared: Compared, customer_id: UUID, parts: Sequence[str]) -> None:
    if parts:
        compared.differing += 1
        if len(compared.first) < NAMED:
            compared.first.append((customer_id, parts))
