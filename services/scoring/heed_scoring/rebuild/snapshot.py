"""State of customers in one version of the tables: read, and scored for one day."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.features.features import Features, features, year_before
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import Score, score
from heed_scoring.identities.merged_facts import members_to_open, merge_facts
from heed_scoring.ledger.facts import from_json, to_json
from heed_scoring.rebuild import repository, swap
from heed_scoring.rebuild.state_hash import State
from heed_scoring.rebuild.swap import Version
from heed_scoring.repository import open_days
from heed_scoring.scores import score_document

CLOCK_DIFFERENCE = timedelta(days=2)
"""No customer's days are closed so much earlier: the clock of a worker may be ahead, or midnight may have passed."""
PARSE_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError)
"""Errors of parsing facts that no fold has written."""


class ScoringDay(NamedTuple):
    """Model and day that all customers are scored with."""

    model: Model
    day: date


async def load_states(
    session: AsyncSession, customer_ids: Sequence[UUID], *, version: Version, by: ScoringDay
) -> dict[UUID, State]:
    """Return the state of those of the customers that exist in this version."""
    await swap.use_version(session, version)
    rows = await repository.customers(session, customer_ids)
    aliases = await repository.aliases_of(session, customer_ids)
    survivors = {row.customer_id for row in rows if row.survivor_id == row.customer_id}
    merged = await repository.family_facts(session, survivors) if survivors else {}
    scores = await _scores(session, rows, merged, by)
    return {
        row.customer_id: {
            **_facts(row, by.day),
            "aliases": _aliases(row, aliases.get(row.customer_id, [])),
            "scores": None
            if (found := scores.get(row.customer_id)) is None
            else score_document.serialize_numbers(found),
            "lists": _sort_columns(row, scores.get(row.customer_id), by=by, version=version),
        }
        for row in rows
    }


def _facts(row: Row[Any], day: date) -> dict[str, Any]:
    """Return the facts with the same days closed, whenever each version has closed its own."""
    try:
        parsed = from_json(row.facts)
        parsed.close_days(day + CLOCK_DIFFERENCE, at_least=1)
        facts = json.loads(to_json(parsed))
    except PARSE_ERRORS:
        return {"facts": row.facts, "complaints": None}
    complaints = facts.pop("complaints", {})
    return {"complaints": complaints, "facts": [row.facts_version, facts]}


def _aliases(row: Row[Any], aliases: list[tuple[Any, ...]]) -> list[Any]:
    """Return the merges of the customer, version by version, and the survivor that follows from them."""
    lines = [
        [version, None if survivor is None else str(survivor), recorded_at.isoformat()]
        for version, survivor, recorded_at in aliases
    ]
    return [*lines, None if row.survivor_id is None else str(row.survivor_id)]


async def _scores(
    session: AsyncSession, rows: Sequence[Row[Any]], merged: dict[UUID, dict[UUID, str]], by: ScoringDay
) -> dict[UUID, Score]:
    """Return the scores of all that have one: members have none, and facts that cannot be parsed give none."""
    seen: dict[UUID, Features] = {}
    for row in rows:
        if row.survivor_id is None or row.survivor_id == row.customer_id:
            found = await _features(session, merged.get(row.customer_id, {row.customer_id: row.facts}), by)
            seen |= {} if found is None else {row.customer_id: found}
    return dict(zip(seen, score(list(seen.values()), by.model), strict=True))


async def _features(session: AsyncSession, stored: Mapping[UUID, str], by: ScoringDay) -> Features | None:
    try:
        members = {customer_id: from_json(facts) for customer_id, facts in stored.items()}
        await open_days(session, members_to_open(members, since=year_before(by.day)))
        return features(merge_facts(members.values()), day=by.day, money=by.model.money)
    except PARSE_ERRORS:
        return None


def _sort_columns(row: Row[Any], found: Score | None, *, by: ScoringDay, version: Version) -> list[str | None]:
    """Return the columns that lists are sorted by: stored ones where the row in use is of this day and model."""
    stored: tuple[Decimal | str | None, ...]
    stored = (row.value_amount, row.potential, row.loyalty, row.probability, row.value_at_risk)
    is_other = row.scored_on is not None and (row.scored_on, row.model_version) != (by.day, by.model.version)
    if version is Version.REBUILT or is_other:
        stored = (None,) * len(stored) if found is None else _columns(found)
    return [None if number is None else str(Decimal(number).normalize()) for number in stored]


def _columns(found: Score) -> tuple[str | None, ...]:
    value = found.value
    return value.amount, value.potential, found.loyalty.points, found.risk.probability, value.at_risk
