"""Scoring, as it goes: an event comes in, the facts move, the numbers follow, and whoever asks is told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_scoring import models_repository, repository
from heed_scoring import said as sayings
from heed_scoring.customer_state import CustomerState
from heed_scoring.errors import FutureMoment, NoScoreThen
from heed_scoring.facts import Facts, fold
from heed_scoring.features import features
from heed_scoring.ledger import LedgerRow
from heed_scoring.model import Model
from heed_scoring.said import TIME, Said, Saying, cause_of
from heed_scoring.score import score
from heed_scoring.telling import Telling

Known = tuple[LedgerRow, CustomerState, datetime]
"""A row, the customer it is about, and the moment from which on it is known."""
NUMBERS = ("value", "loyalty", "churn_risk", "lifecycle", "value_at_risk", "complaints")


async def take_in(session: AsyncSession, rows: Sequence[LedgerRow], *, clock: Clock) -> int:
    """What is new goes into the ledger, the facts and the scores. Answers how many rows were new."""
    # The clock is read under both locks, so that what was said at a moment was said with the model of that moment.
    model = (await models_repository.champion(session)).read()
    states = await repository.lock_customers(session, [row.customer_id for row in rows if row.customer_id])
    now = clock.now()
    known = [(row, states[row.customer_id]) for row in rows if row.customer_id]
    dated = [(row, state, _moment(state, now)) for row, state in known]
    unowned = [(row, now) for row in rows if not row.customer_id]
    new = await repository.add_rows(session, [(row, at) for row, _, at in dated] + unowned)
    fresh = [one for one in dated if one[0].event_id in new]
    if fresh:
        await _rescore(session, fresh, model=model, now=now)
    return len(new)


async def said(session: AsyncSession, *, customer_id: UUID, at: datetime | None, now: datetime) -> Said:
    """The one answer to "what is said of this customer at that moment": fold, model in force, UTC day."""
    moment = at or now
    if moment > now:
        raise FutureMoment
    facts = await _facts(session, customer_id, at=at)
    version = await models_repository.in_force_at(session, at)
    if facts is None or version is None:
        raise NoScoreThen
    model = (await models_repository.model(session, version)).read()
    result = score([features(facts, day=moment.date(), money=model.money)], model)[0]
    last = await repository.last_said(session, customer_id, at=at)
    saying = Saying(result, result.factors(), customer_id, moment, version, TIME)
    answer = sayings.read(customer_id, sayings.say(saying, sayings.numbers(result), before=last), at=moment)
    if last is not None and all(last[name] == answer[name] for name in NUMBERS):
        answer |= {"caused_by": last["caused_by"], "previous": last["previous"]}
    return answer


async def _facts(session: AsyncSession, customer_id: UUID, *, at: datetime | None) -> Facts | None:
    """The folded facts of now, or those of then folded again from the ledger."""
    if at is not None:
        rows = await repository.rows_until(session, customer_id, at=at)
        return fold(rows) if rows else None
    return await repository.facts(session, customer_id)


def _moment(state: CustomerState, now: datetime) -> datetime:
    """The clock under the customer's lock, strictly rising for each customer."""
    state.known_at = state.next_moment(now)
    return state.known_at


async def _rescore(session: AsyncSession, fresh: Sequence[Known], *, model: Model, now: datetime) -> None:
    """Folds the new rows in their order and scores the state after each of them, all in one go."""
    day, version = now.date(), model.version
    seen = [features(state.fold_in(row), day=day, money=model.money) for row, state, _ in fresh]
    telling = Telling(version)
    for (row, state, at), result in zip(fresh, score(seen, model), strict=True):
        numbers = sayings.numbers(result)
        if numbers != state.numbers:
            telling.tell(state, result, numbers, at=at, cause=cause_of(row))
        state.score = result
    touched = list({id(state): state for _, state, _ in fresh}.values())
    # Whoever comes first on a day, the sweep or an event, carries the customer into it.
    woken = [state for state in touched if state.scored_day and state.scored_day < day]
    telling.tell_breaks(woken, [state.read_facts() for state in woken], day=day, now=now)
    await repository.write_customers(session, touched, day=day, model_version=version)
    await telling.write(session, now=now)
