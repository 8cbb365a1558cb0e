"""Use cases of scores: process a batch of events, return the score of a moment."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import BusinessDays
from heed_common.clock import Clock
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import Score, recent_score, remember_score, score
from heed_scoring.identities import locked_batch
from heed_scoring.identities import repository as identities
from heed_scoring.identities.locked_batch import LockedBatch, TimedRow
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.ledger.facts import fold
from heed_scoring.models.versions import interval
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, repository, score_document
from heed_scoring.scores.errors import FutureMoment, NoScoreThen
from heed_scoring.scores.publication import Publication, revalue
from heed_scoring.scores.repository import ScoreInputs
from heed_scoring.scores.rules import ScoreFilter
from heed_scoring.scores.score_document import (
    TIME_PASSED,
    PublishedScore,
    ScoreDocument,
    ScoreStatement,
    cause_of,
)

ZERO = Decimal(0)
BATCH = 200
MAX_EXAMINED = 1000
"""The database does not search in published numbers: so many are read for one page, which may then be short."""
Position = tuple[Decimal, UUID]
"""Value at risk and id of a customer in the list."""
MAX_REMEMBERED_EVENTS = 20
"""Callers wait for the events of small batches, not for those of a backlog."""
NUMBERS = ("value", "loyalty", "churn_risk", "lifecycle", "value_at_risk", "complaints")


async def process_batch(
    session: AsyncSession, build_rows: Callable[[BusinessDays], Sequence[LedgerRow]], *, clock: Clock
) -> int:
    """Add the new rows of a batch to ledger, facts and scores. Return how many rows were new.

    The rows are built under the lock of the champion, so the time zone of their days is in force until the batch ends.
    """
    model, _, days = await models_repository.champion(session)
    rows = build_rows(days)
    locked = await locked_batch.lock(session, rows)
    # The clock is read under both locks, so that a score of a moment was computed with the model of that moment.
    now = clock.now()
    publication, today = Publication(model.version), days.day_of(now)
    await locked.open_days(session, rows, today=today)
    _revalue_stale(publication, locked, model=model, today=today, now=now)
    timed = [(row, locked.timestamp(row, now)) for row in rows]
    new = await bulk_repository.insert_ledger_rows(session, timed)
    new_rows = [(row, at) for row, at in timed if row.event_id in new and row.customer_id]
    _score_events(publication, new_rows, locked, model=model, today=today, now=now)
    locked.close_days(today)
    await identities.insert_aliases(session, locked.new_aliases)
    await bulk_repository.update_customers(session, locked.changed(), day=today, model_version=model.version)
    await publication.flush(session, now=now)
    if len(rows) <= MAX_REMEMBERED_EVENTS:
        _remember_scores(locked, day=today, model_version=model.version)
    return len(new)


async def score_at(session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime) -> ScoreDocument:
    """Return the score at that moment, now without one: facts, model in force and business day of the moment.

    For a merged customer it is the survivor of that moment, with the facts of all who were members then.
    """
    document, _, _ = await _score_at(session, customer_id=customer_id, at=at, now=now)
    return document


async def score_with_intervals(
    session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime
) -> ScoreDocument:
    """Return the score with the uncertainty of risk and value, which is neither published nor stored.

    So a past moment has none: its score is the one of history.
    """
    document, result, model = await _score_at(session, customer_id=customer_id, at=at, now=now)
    return interval.with_intervals(document, interval.intervals(result, model) if at is None else interval.NOT_STORED)


async def list_scores(
    session: AsyncSession, *, filters: ScoreFilter, after: Position | None, limit: int
) -> tuple[list[PublishedScore], Position | None]:
    """Return scores that meet the filters, the largest value at risk first.

    With them, where a page has ended before it was full, the position where the next one begins.
    """
    if not filters.is_of_numbers:
        ids = filters.customer_ids
        return await repository.by_value_at_risk(session, customer_ids=ids, after=after, limit=limit), None
    found: list[PublishedScore] = []
    for _ in range(MAX_EXAMINED // BATCH):
        rows = await repository.by_value_at_risk(session, customer_ids=filters.customer_ids, after=after, limit=BATCH)
        found += [row for row in rows if filters.matches(row.summary())]
        if len(rows) < BATCH or len(found) >= limit:
            return found[:limit], None
        after = (rows[-1].value_at_risk or ZERO, rows[-1].customer_id)
    return found, after


async def _score_at(
    session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime
) -> tuple[ScoreDocument, Score, Model]:
    moment = at or now
    if moment > now:
        raise FutureMoment
    if at is None:
        survivor, facts, in_force, latest, stored_facts = await repository.score_inputs(session, customer_id, now=now)
    else:
        survivor, facts, in_force, latest, stored_facts = await _inputs_at(session, customer_id, at=at)
    if facts is None or in_force is None:
        raise NoScoreThen
    model, version, days = in_force
    day = days.day_of(moment)
    result = recent_score(stored_facts, day=day, model_version=model.version)
    if result is None:
        (result,) = score([features(facts, day=day, money=model.money)], model)
    statement = ScoreStatement(result, result.explanation(), survivor, moment, version, TIME_PASSED)
    stored = score_document.serialize(statement, score_document.serialize_numbers(result), previous=latest)
    document = score_document.parse(survivor, stored, at=moment)
    if latest is not None and all(latest[name] == document[name] for name in NUMBERS):
        document |= {"caused_by": latest["caused_by"], "previous": latest["previous"]}
    return document, result, model


async def _inputs_at(session: AsyncSession, customer_id: UUID, *, at: datetime) -> ScoreInputs:
    """Return the inputs of a past moment, with the facts of all members of then folded again from the ledger."""
    survivor, members = await identities.members_at(session, customer_id, at=at)
    rows = await repository.ledger_rows_until(session, members, at=at)
    return ScoreInputs(
        survivor,
        fold(rows) if rows else None,
        await models_repository.in_force_with_days(session, at),
        await repository.latest_document(session, survivor, at=at),
    )


def _revalue_stale(publication: Publication, locked: LockedBatch, *, model: Model, today: date, now: datetime) -> None:
    """Apply time and new models first, so that no event is named as the cause of what they changed."""
    stale = locked.stale(day=today, model_version=model.version)
    for customer in stale:
        locked.mark_changed(customer)
    seen = [features(locked.facts(customer), day=today, money=model.money) for customer in stale]
    revalue(publication, stale, seen, model=model, next_timestamp=lambda customer: locked.next_timestamp(customer, now))


def _score_events(
    publication: Publication,
    new_rows: Sequence[TimedRow],
    locked: LockedBatch,
    *,
    model: Model,
    today: date,
    now: datetime,
) -> None:
    """Apply the new rows in their order, and score the state after each event, all in one call."""
    affected = [
        (step, features(locked.facts(step.customer), day=today, money=model.money))
        for _, event in groupby(new_rows, key=lambda timed: timed[0].event_id)
        for step in locked.apply(list(event))
    ]
    for (step, _), result in zip(affected, score([seen for _, seen in affected], model), strict=True):
        customer, numbers = step.customer, score_document.serialize_numbers(result)
        for member in step.unscored:
            member.clear_score()
        if numbers != customer.published_numbers:
            publication.add_score(customer, result, numbers, at=step.at, cause=cause_of(step.row))
        customer.score = result
    # The first of daily refresh and event of a day announces the customer's broken rhythms.
    first_of_day = [one for one in locked.changed() if one.score and one.scored_on and one.scored_on < today]
    seen = [customer.score.seen for customer in first_of_day if customer.score]
    publication.add_rhythm_breaks(first_of_day, seen, day=today, now=now)


def _remember_scores(locked: LockedBatch, *, day: date, model_version: str) -> None:
    """Keep the scores whose facts were written as they were scored: those of customers without merges."""
    for customer in locked.changed():
        if customer.score is not None and customer.survivor_id is None and customer.has_new_facts:
            remember_score(customer.score, facts=customer.stored_facts, day=day, model_version=model_version)
