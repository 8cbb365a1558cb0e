"""How customers stand on one side, in the tables in use or in those made anew: read, and scored for one day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.features.features import Features, features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import Score, score
from heed_scoring.identities.merged_facts import merge_facts
from heed_scoring.ledger.facts import NAMES, Facts, from_json
from heed_scoring.rebuild import repository, swap
from heed_scoring.rebuild.state_hash import State
from heed_scoring.rebuild.swap import Version
from heed_scoring.scores import score_document

PARSE_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What reading facts can raise that no fold has written."""


class ScoringDay(NamedTuple):
    """What everybody is scored by."""

    model: Model
    day: date


async def load_states(
    session: AsyncSession, customer_ids: Sequence[UUID], *, side: Version, by: ScoringDay
) -> dict[UUID, State]:
    """The state of those of them who are there."""
    await swap.use_version(session, side)
    rows = await repository.customers(session, customer_ids)
    aliases = await repository.aliases_of(session, customer_ids)
    roots = {row.customer_id for row in rows if row.survivor_id == row.customer_id}
    merged = await repository.family_facts(session, roots) if roots else {}
    scores = _scores(rows, merged, by)
    return {
        row.customer_id: {
            **_facts(row),
            "aliases": _aliases(row, aliases.get(row.customer_id, [])),
            "scores": None
            if (found := scores.get(row.customer_id)) is None
            else score_document.serialize_numbers(found),
            "lists": _listed(row, scores.get(row.customer_id), by=by, side=side),
        }
        for row in rows
    }


def _facts(row: Row[Any]) -> dict[str, Any]:
    try:
        known = from_json(row.facts)
    except PARSE_ERRORS:
        return {"facts": row.facts, "complaints": None}
    facts = {name: getattr(known, name) for name in NAMES if name != "complaints"}
    return {"complaints": known.complaints, "facts": [row.facts_version, facts]}


def _aliases(row: Row[Any], told: list[tuple[Any, ...]]) -> list[Any]:
    """Whom the customer was told to be merged into, version by version, and whom they are one with now."""
    lines = [
        [version, None if survivor is None else str(survivor), recorded_at.isoformat()]
        for version, survivor, recorded_at in told
    ]
    return [*lines, None if row.survivor_id is None else str(row.survivor_id)]


def _scores(rows: Sequence[Row[Any]], merged: dict[UUID, list[str]], by: ScoringDay) -> dict[UUID, Score]:
    """Of all who have a score: members have none, and unreadable facts give none."""
    seen: dict[UUID, Features] = {}
    for row in rows:
        if row.survivor_id is None or row.survivor_id == row.customer_id:
            found = _features(merged.get(row.customer_id, [row.facts]), by)
            seen |= {} if found is None else {row.customer_id: found}
    return dict(zip(seen, score(list(seen.values()), by.model), strict=True))


def _features(stored: Sequence[str], by: ScoringDay) -> Features | None:
    try:
        parts: list[Facts] = [from_json(facts) for facts in stored]
        return features(merge_facts(parts), day=by.day, money=by.model.money)
    except PARSE_ERRORS:
        return None


def _listed(row: Row[Any], found: Score | None, *, by: ScoringDay, side: Version) -> list[str | None]:
    """What lists are sorted by: as it stands in the row in use, where that is of this day and model."""
    stored: tuple[Decimal | str | None, ...]
    stored = (row.value_amount, row.potential, row.loyalty, row.probability, row.value_at_risk)
    is_other = row.scored_on is not None and (row.scored_on, row.model_version) != (by.day, by.model.version)
    if side is Version.MADE or is_other:
        stored = (None,) * len(stored) if found is None else _numbers(found)
    return [None if number is None else str(Decimal(number).normalize()) for number in stored]


def _numbers(found: Score) -> tuple[str | None, ...]:
    value = found.value
    return value.amount, value.potential, found.loyalty.points, found.risk.probability, value.at_risk
