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
from heed_scoring.identities.merged_facts import union
from heed_scoring.ledger.facts import NAMES, Facts, from_json
from heed_scoring.rebuild import repository, swap
from heed_scoring.rebuild.state_hash import Parts
from heed_scoring.rebuild.swap import Side
from heed_scoring.scores import score_document

UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""What reading facts can raise that no fold has written."""


class Day(NamedTuple):
    """What everybody is scored by."""

    model: Model
    day: date


async def standing(session: AsyncSession, customer_ids: Sequence[UUID], *, side: Side, by: Day) -> dict[UUID, Parts]:
    """The state of those of them who are there."""
    await swap.look_at(session, side)
    rows = await repository.standing(session, customer_ids)
    aliases = await repository.aliases_of(session, customer_ids)
    roots = {row.customer_id for row in rows if row.root == row.customer_id}
    merged = await repository.family_facts(session, roots) if roots else {}
    scores = _scores(rows, merged, by)
    return {
        row.customer_id: {
            **_facts(row),
            "aliases": _aliases(row, aliases.get(row.customer_id, [])),
            "scores": None if (found := scores.get(row.customer_id)) is None else score_document.numbers(found),
            "lists": _listed(row, scores.get(row.customer_id), by=by, side=side),
        }
        for row in rows
    }


def _facts(row: Row[Any]) -> dict[str, Any]:
    try:
        known = from_json(row.facts)
    except UNREADABLE:
        return {"facts": row.facts, "complaints": None}
    facts = {name: getattr(known, name) for name in NAMES if name != "complaints"}
    return {"complaints": known.complaints, "facts": [row.facts_version, facts]}


def _aliases(row: Row[Any], told: list[tuple[Any, ...]]) -> list[Any]:
    """Whom the customer was told to be merged into, version by version, and whom they are one with now."""
    lines = [
        [version, None if survivor is None else str(survivor), known_at.isoformat()]
        for version, survivor, known_at in told
    ]
    return [*lines, None if row.root is None else str(row.root)]


def _scores(rows: Sequence[Row[Any]], merged: dict[UUID, list[str]], by: Day) -> dict[UUID, Score]:
    """Of all who have a score: members have none, and unreadable facts give none."""
    seen: dict[UUID, Features] = {}
    for row in rows:
        if row.root is None or row.root == row.customer_id:
            found = _features(merged.get(row.customer_id, [row.facts]), by)
            seen |= {} if found is None else {row.customer_id: found}
    return dict(zip(seen, score(list(seen.values()), by.model), strict=True))


def _features(stored: Sequence[str], by: Day) -> Features | None:
    try:
        parts: list[Facts] = [from_json(facts) for facts in stored]
        return features(union(parts), day=by.day, money=by.model.money)
    except UNREADABLE:
        return None


def _listed(row: Row[Any], found: Score | None, *, by: Day, side: Side) -> list[str | None]:
    """What lists are sorted by: as it stands in the row in use, where that is of this day and model."""
    stored: tuple[Decimal | str | None, ...]
    stored = (row.amount, row.potential, row.loyalty, row.probability, row.value_at_risk)
    is_other = row.scored_day is not None and (row.scored_day, row.model_version) != (by.day, by.model.version)
    if side is Side.MADE or is_other:
        stored = (None,) * len(stored) if found is None else _numbers(found)
    return [None if number is None else str(Decimal(number).normalize()) for number in stored]


def _numbers(found: Score) -> tuple[str | None, ...]:
    value = found.value
    return value.amount, value.potential, found.loyalty.points, found.risk.probability, value.at_risk
