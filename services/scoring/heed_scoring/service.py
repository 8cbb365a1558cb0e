"""Scoring, as it goes: an event comes in, the facts move, the numbers follow, and whoever asks is told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.clock import Clock
from heed_common.outbox import Written
from heed_scoring import announcement, models_repository, repository
from heed_scoring import said as sayings
from heed_scoring.customer_state import CustomerState
from heed_scoring.errors import FutureMoment, NoScoreThen
from heed_scoring.facts import Facts, fold, to_json
from heed_scoring.features import Features, features
from heed_scoring.ledger import LedgerRow
from heed_scoring.model import Model
from heed_scoring.said import TIME, Said, cause_of
from heed_scoring.score import score

Known = tuple[LedgerRow, UUID, datetime]
"""A row about a customer, and the moment from which on it is known."""
NUMBERS = ("value", "loyalty", "churn_risk", "value_at_risk")


async def take_in(session: AsyncSession, rows: Sequence[LedgerRow], *, clock: Clock) -> int:
    """What is new goes into the ledger, the facts and the scores. Answers how many rows were new."""
    # The clock is read under both locks, so that what was said at a moment was said with the model of that moment.
    model = (await models_repository.champion(session)).read()
    states = await repository.lock_customers(session, [row.customer_id for row in rows if row.customer_id])
    now = clock.now()
    dated = [(row, _moment(row, states, now)) for row in rows]
    new = await repository.add_rows(session, dated)
    fresh = [(row, row.customer_id, at) for row, at in dated if row.customer_id and row.event_id in new]
    if fresh:
        await _rescore(session, fresh, states, model=model, now=now)
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
    written = sayings.say(result, sayings.numbers(result), model_version=version, cause=TIME, before=last)
    answer = sayings.read(customer_id, written, at=moment)
    if last is not None and all(last[name] == answer[name] for name in NUMBERS):
        answer |= {"caused_by": last["caused_by"], "previous": last["previous"]}
    return answer


async def _facts(session: AsyncSession, customer_id: UUID, *, at: datetime | None) -> Facts | None:
    """The folded facts of now, or those of then folded again from the ledger."""
    if at is not None:
        rows = await repository.rows_until(session, customer_id, at=at)
        return fold(rows) if rows else None
    return await repository.facts(session, customer_id)


def _moment(row: LedgerRow, states: dict[UUID, CustomerState], now: datetime) -> datetime:
    """The clock under the customer's lock, strictly rising for each customer."""
    if row.customer_id is None:
        return now
    state = states[row.customer_id]
    state.known_at = state.next_moment(now)
    return state.known_at


async def _rescore(
    session: AsyncSession, fresh: Sequence[Known], states: dict[UUID, CustomerState], *, model: Model, now: datetime
) -> None:
    """Folds the new rows in their order and scores the state after each of them, all in one go."""
    touched = {customer_id: states[customer_id] for _, customer_id, _ in fresh}
    seen = _fold_in(fresh, touched, model=model, now=now)
    history: list[tuple[UUID, datetime, str]] = []
    written: list[Written] = []
    version = model.version
    for (row, customer_id, at), result in zip(fresh, score(seen, model), strict=True):
        state, cause, told = touched[customer_id], cause_of(row), sayings.numbers(result)
        if told != state.numbers:
            state.version += 1
            before = sayings.read_numbers(state.numbers)
            said = sayings.say(result, told, model_version=version, cause=cause, before=before)
            history.append((customer_id, at, said))
            written.append(
                announcement.score_changed(
                    customer_id, result, at=at, model_version=version, cause=cause, version=state.version
                )
            )
        state.numbers, state.score = told, result
    await repository.write_customers(session, list(touched.values()), day=now.date(), model_version=version)
    await repository.add_history(session, history)
    await outbox.stage_written(session, written, now=now)


def _fold_in(
    fresh: Sequence[Known], touched: dict[UUID, CustomerState], *, model: Model, now: datetime
) -> list[Features]:
    """What the formulas see after each row; the folded facts go back into the states."""
    facts = {customer_id: state.read_facts() for customer_id, state in touched.items()}
    seen, day, money = [], now.date(), model.money
    for row, customer_id, _ in fresh:
        facts[customer_id].add(row)
        seen.append(features(facts[customer_id], day=day, money=money))
    for customer_id, state in touched.items():
        state.facts, state.facts_version = to_json(facts[customer_id]), facts[customer_id].rows
    return seen
