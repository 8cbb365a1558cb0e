"""Use cases of disclosure control: give responses their positions, decide about results, record what was shown."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.advisory_locks import lock_text
from heed_common.identifiers import new_id
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.disclosure import repository, rules
from heed_survey.analysis.disclosure.rules import AnsweredSets, Guard, PackedSet, RecordingGuard
from heed_survey.analysis.errors import WouldDisclose

MAX_SNAPSHOTS = 6
"""Earlier numbers of responses that a result is computed for, until one discloses nothing."""

Result = TypeVar("Result")


async def update_members(session: AsyncSession, *, survey_id: UUID, k: int) -> int:
    """Give positions to the new responses if they are a group. Return how many responses results may be about."""
    await lock_text(session, f"analysis {survey_id}")
    members = await repository.count_members(session, survey_id)
    new = await repository.count_new_responses(session, survey_id)
    if new < k:
        return members
    await repository.insert_members(session, survey_id, first=members, salt=token_hex(16))
    return members + new


async def decide(
    session: AsyncSession,
    capacity: Capacity,
    *,
    survey_id: UUID,
    k: int,
    members: int,
    positions: NDArray[np.int64],
    compute: Callable[[Guard, int], Result],
    caller: str,
    now: datetime,
) -> tuple[Result, int]:
    """Return the result that hides least, and the number of responses that it is about; record what it shows.

    `compute` is called with a guard and a number of responses, in a thread, until nothing has to be withheld because
    of earlier results: when few responses came since, the result as of then is shown again. Callers of one survey wait
    for each other, so that none can be shown what together with another one's result would disclose. `positions` (n,)
    are those of the responses. Raises `WouldDisclose`.
    """
    await lock_text(session, f"analysis {survey_id}")
    answered = await _answered(session, survey_id)
    sizes = rules.snapshot_sizes(members, answered.sizes, most=MAX_SNAPSHOTS)
    best: tuple[RecordingGuard, Result, int] | None = None
    refused = WouldDisclose()
    for size in sizes:
        guard = RecordingGuard(k, positions[positions < size], answered)
        try:
            result = await capacity.compute(partial(compute, guard, size))
        except WouldDisclose as error:
            refused = error
            continue
        if best is None or guard.withheld < best[0].withheld:
            best = (guard, result, size)
        if not guard.withheld:
            break
    if best is None:
        raise refused
    guard = best[0]
    rows = await capacity.compute(lambda: _rows(survey_id, guard, caller=caller, now=now))
    await repository.insert_queries(session, rows)
    return best[1], best[2]


async def _answered(session: AsyncSession, survey_id: UUID) -> AnsweredSets:
    found: dict[str, list[PackedSet]] = defaultdict(list)
    for query in await repository.list_queries(session, survey_id):
        found[query.subject].append(PackedSet(query.bits, query.members))
    return AnsweredSets(found)


def _rows(survey_id: UUID, guard: RecordingGuard, *, caller: str, now: datetime) -> list[dict[str, Any]]:
    """Return the sets that were shown, as rows."""
    return [
        {
            "id": new_id(),
            "survey_id": survey_id,
            "subject": subject,
            "members": len(members),
            "bits": rules.pack(members),
            "caller": caller,
            "answered_at": now,
        }
        for subject, sets in guard.added.items()
        for members in sets
    ]
