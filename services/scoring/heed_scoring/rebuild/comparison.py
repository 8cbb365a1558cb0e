"""Both sides, customer by customer: the hash of each, and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.rebuild import repository
from heed_scoring.rebuild.progress import Progress
from heed_scoring.rebuild.snapshot import ScoringDay, load_states
from heed_scoring.rebuild.state_hash import StateHash, differing_parts
from heed_scoring.rebuild.swap import Version
from heed_scoring.scores.daily_refresh import MIN_ID

PAGE_SIZE = 1000
MAX_EXAMPLES = 20


@dataclass(slots=True)
class Comparison:
    """Two hashes, equal when nobody differs, and the first who do."""

    in_use: str = ""
    made: str = ""
    customers: int = 0
    differing: int = 0
    first: list[tuple[UUID, Sequence[str]]] = field(default_factory=list)
    """With the parts of their state that differ."""


async def compare(session: AsyncSession, *, by: ScoringDay, progress: Progress) -> Comparison:
    """All customers that either side knows."""
    compared, hashes, after = Comparison(), {side: StateHash() for side in Version}, MIN_ID
    while ids := await repository.customer_ids(session, after=after, size=PAGE_SIZE):
        states = {side: await load_states(session, ids, side=side, by=by) for side in Version}
        for customer_id in ids:
            sides = {side: states[side].get(customer_id) for side in Version}
            for side, parts in sides.items():
                if parts is not None:
                    hashes[side].add(customer_id, parts)
            _note(compared, customer_id, differing_parts(sides[Version.IN_USE], sides[Version.MADE]))
        compared.customers, after = compared.customers + len(ids), ids[-1]
        progress.at("customers compared", compared.customers)
    compared.in_use, compared.made = hashes[Version.IN_USE].hexdigest(), hashes[Version.MADE].hexdigest()
    return compared


def _note(compared: Comparison, customer_id: UUID, parts: Sequence[str]) -> None:
    if parts:
        compared.differing += 1
        if len(compared.first) < MAX_EXAMPLES:
            compared.first.append((customer_id, parts))
