"""Comparison of both versions, customer by customer: the hash of each, and the differing parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.progress import Progress
from heed_scoring.rebuild import repository
from heed_scoring.rebuild.snapshot import ScoringDay, load_states
from heed_scoring.rebuild.state_hash import StateHash, differing_parts
from heed_scoring.rebuild.swap import Version
from heed_scoring.scores.daily_refresh import MIN_ID

PAGE_SIZE = 1000
MAX_EXAMPLES = 20


@dataclass(slots=True)
class Comparison:
    """Two hashes, equal if no customer differs, and the first customers that do."""

    in_use: str = ""
    rebuilt: str = ""
    customers: int = 0
    differing: int = 0
    first: list[tuple[UUID, Sequence[str]]] = field(default_factory=list)
    """With the differing parts of their state."""


async def compare(session: AsyncSession, *, by: ScoringDay, progress: Progress) -> Comparison:
    """Compare all customers of either version."""
    comparison, hashes, after = Comparison(), {version: StateHash() for version in Version}, MIN_ID
    while ids := await repository.customer_ids(session, after=after, size=PAGE_SIZE):
        states = {version: await load_states(session, ids, version=version, by=by) for version in Version}
        for customer_id in ids:
            sides = {version: states[version].get(customer_id) for version in Version}
            for version, parts in sides.items():
                if parts is not None:
                    hashes[version].add(customer_id, parts)
            _record(comparison, customer_id, differing_parts(sides[Version.IN_USE], sides[Version.REBUILT]))
        comparison.customers, after = comparison.customers + len(ids), ids[-1]
        progress.at("customers compared", comparison.customers)
    comparison.in_use, comparison.rebuilt = hashes[Version.IN_USE].hexdigest(), hashes[Version.REBUILT].hexdigest()
    return comparison


def _record(comparison: Comparison, customer_id: UUID, parts: Sequence[str]) -> None:
    if parts:
        comparison.differing += 1
        if len(comparison.first) < MAX_EXAMPLES:
            comparison.first.append((customer_id, parts))
