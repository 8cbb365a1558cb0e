"""Scoring, as it goes: an event comes in, the facts move, the numbers follow, and whoever asks is told."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import BusinessDays
from heed_common.clock import Clock
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import Score, score
from heed_scoring.identities import locked_batch
from heed_scoring.identities import repository as alias_repository
from heed_scoring.identities.locked_batch import Dated, Families
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.ledger.facts import Facts, fold
from heed_scoring.models.versions import interval
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, repository
from heed_scoring.scores import score_document as sayings
from heed_scoring.scores.errors import FutureMoment, NoScoreThen
from heed_scoring.scores.publication import Telling
from heed_scoring.scores.revaluation import carry
from heed_scoring.scores.score_document import TIME, Said, Saying, cause_of

NUMBERS = ("value", "loyalty", "churn_risk", "lifecycle", "value_at_risk", "complaints")


async def take_in(
    session: AsyncSession, rows_by: Callable[[BusinessDays], Sequence[LedgerRow]], *, clock: Clock
) -> int:
    """What is new goes into the ledger, the facts and the scores. Answers how many rows were new.

    The rows are built under the lock of the champion, so the time zone of their days is in force until the batch ends.
    """
    # The clock is read under both locks, so that what was said at a moment was said with the model of that moment.
    stored, days = await models_repository.champion(session)
    rows = rows_by(days)
    locked = await locked_batch.lock(session, rows)
    return await take_in_locked(session, rows, locked, model=stored.read(), days=days, now=clock.now())


async def take_in_locked(
    session: AsyncSession,
    rows: Sequence[LedgerRow],
    locked: Families,
    *,
    model: Model,
    days: BusinessDays,
    now: datetime,
) -> int:
    """The same for customers who are locked, each with all who are one with them."""
    telling, today = Telling(model.version), days.day_of(now)
    _carry_over(telling, locked, model=model, today=today, now=now)
    dated = [(row, locked.moment(row, now)) for row in rows]
    new = await bulk_repository.add_rows(session, dated)
    fresh = [(row, at) for row, at in dated if row.event_id in new and row.customer_id]
    _rescore(telling, fresh, locked, model=model, today=today, now=now)
    await alias_repository.add(session, locked.told)
    await bulk_repository.write_customers(session, locked.touched(), day=today, model_version=model.version)
    await telling.write(session, now=now)
    return len(new)


async def said(session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime) -> Said:
    """The one answer to "what is said of this customer at that moment": fold, model in force, business day.

    Of a merged customer the survivor of that moment is answered, with what was known of all who were one then.
    """
    answer, _, _ = await _answer(session, customer_id=customer_id, at=at, now=now)
    return answer


async def said_with_intervals(session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime) -> Said:
    """The same for somebody who reads it: with how sure risk and value are, which is never told nor kept.

    So a past moment has none, and what is answered of it is what history kept.
    """
    answer, result, model = await _answer(session, customer_id=customer_id, at=at, now=now)
    return interval.with_intervals(answer, interval.intervals(result, model) if at is None else interval.NOT_STORED)


async def _answer(
    session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime
) -> tuple[Said, Score, Model]:
    """What is said, with the score and the model that say it."""
    moment = at or now
    if moment > now:
        raise FutureMoment
    survivor, facts = await _facts(session, customer_id, at=at)
    found = await models_repository.in_force_with_days(session, at)
    if facts is None or found is None:
        raise NoScoreThen
    model, version = found.stored.read(), found.stored.version
    result = score([features(facts, day=found.days.day_of(moment), money=model.money)], model)[0]
    last = await repository.last_said(session, survivor, at=at)
    saying = Saying(result, result.factors(), survivor, moment, version, TIME)
    answer = sayings.read(survivor, sayings.say(saying, sayings.numbers(result), before=last), at=moment)
    if last is not None and all(last[name] == answer[name] for name in NUMBERS):
        answer |= {"caused_by": last["caused_by"], "previous": last["previous"]}
    return answer, result, model


async def _facts(session: AsyncSession, customer_id: UUID, *, at: datetime | None) -> tuple[UUID, Facts | None]:
    """Whom the answer is about, with the folded facts of now, or those of then folded again from the ledger."""
    if at is not None:
        survivor, members = await alias_repository.members_at(session, customer_id, at=at)
        rows = await repository.rows_until(session, members, at=at)
        return survivor, fold(rows) if rows else None
    survivor = await repository.survivor(session, customer_id)
    return survivor, await repository.facts(session, survivor)


def _carry_over(telling: Telling, locked: Families, *, model: Model, today: date, now: datetime) -> None:
    """Time and new models come first, so that no event is blamed for what they moved."""
    stale = locked.stale(day=today, model_version=model.version)
    for state in stale:
        locked.touch(state)
    seen = [features(locked.facts(state), day=today, money=model.money) for state in stale]
    carry(telling, stale, seen, model=model, moment=lambda state: locked.next_moment(state, now))


def _rescore(
    telling: Telling, fresh: Sequence[Dated], locked: Families, *, model: Model, today: date, now: datetime
) -> None:
    """Folds the new rows in their order and scores the state after each event, all in one go."""
    scored = [
        (step, features(locked.facts(step.state), day=today, money=model.money))
        for _, event in groupby(fresh, key=lambda one: one[0].event_id)
        for step in locked.fold_in(list(event))
    ]
    for (step, _), result in zip(scored, score([seen for _, seen in scored], model), strict=True):
        state, numbers = step.state, sayings.numbers(result)
        for member in step.silenced:
            member.fall_silent()
        if numbers != state.numbers:
            telling.tell(state, result, numbers, at=step.at, cause=cause_of(step.row))
        state.score = result
    # Whoever comes first on a day, the sweep or an event, carries the customer into it.
    woken = [state for state in locked.touched() if state.score and state.scored_day and state.scored_day < today]
    telling.tell_breaks(woken, [state.score.seen for state in woken if state.score], day=today, now=now)
