"""The passing of time, and new models: scores move without an event, some thousand customers at a time."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.business_days import BusinessDays
from heed_common.clock import Clock
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import Model
from heed_scoring.identities import locked_batch
from heed_scoring.identities.customer_row import CustomerState
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, repository
from heed_scoring.scores.publication import Telling
from heed_scoring.scores.revaluation import carry

PAGE = 1000
BEFORE_ALL, AFTER_ALL = UUID(int=0), UUID(int=2**128 - 1)


class Sweep:
    """Walks through the customers in the order of their ids; where it stands may be forgotten, the rows know it too.

    Claiming "the next stale ones" from the beginning each time would read again, and again, all that a backup at
    midnight keeps from being cleaned away.
    """

    def __init__(self, *, page: int = PAGE) -> None:
        self._page = page
        self._after = BEFORE_ALL
        self._at_work = 0
        self._failed: list[tuple[UUID, UUID]] = []
        """Returned pages: the next call processes one of them, row by row if necessary."""
        self._next = asyncio.Lock()

    async def __call__(self, session: AsyncSession, clock: Clock, isolate: Isolation = all_at_once) -> bool:
        """Lets a new day, or a new model, into the scores of one page; answers whether there was anything to do.

        The rows are locked while they are worked on, so an event that comes in meanwhile waits and sees the newer
        score; customers who are at work elsewhere are met on the next walk. While much waits to be told it waits too.
        Called twice at once it works on two pages: one is calculated while the database writes the other.
        """
        if await outbox.is_backlogged(session):
            return False
        stored, days = await models_repository.champion(session)
        model, now = stored.read(), clock.now()
        async with self._next:
            page = await self._turn_page(session, today=days.day_of(now), model_version=model.version, now=now)
        if page is None:
            return False

        self._at_work += 1
        try:
            await _rescore_page(session, page, isolate, model=model, days=days, clock=clock)
        except BaseException:
            self._failed.append(page)
            raise
        finally:
            self._at_work -= 1
        return True

    async def _turn_page(
        self, session: AsyncSession, *, today: date, model_version: str, now: datetime
    ) -> tuple[UUID, UUID] | None:
        """The next range of ids. None when everybody is done, or about to be: a walk begins with nobody at work."""
        if self._failed:
            return self._failed.pop()
        after = self._after
        if after == BEFORE_ALL and (
            self._at_work or not await repository.any_due(session, today=today, model_version=model_version, now=now)
        ):
            return None
        end = await repository.end_of_page(session, after=after, size=self._page)
        self._after = end or BEFORE_ALL
        return after, end or AFTER_ALL


async def _rescore_page(
    session: AsyncSession,
    page: tuple[UUID, UUID],
    isolate: Isolation,
    *,
    model: Model,
    days: BusinessDays,
    clock: Clock,
) -> None:
    now = clock.now()
    today = days.day_of(now)

    async def rescore(some: Sequence[CustomerState]) -> None:
        await _rescore(session, some, model=model, today=today, now=clock.now())

    after, until = page
    states = await repository.claim_stale(
        session, after=after, until=until, today=today, model_version=model.version, now=now
    )
    await isolate(session, repository.SWEEP, states, rescore, key=attrgetter("customer_id"), now=now)


async def _rescore(
    session: AsyncSession, states: Sequence[CustomerState], *, model: Model, today: date, now: datetime
) -> None:
    """Only what somebody would want to hear of is told and kept as history."""
    seen = [features(facts, day=today, money=model.money) for facts in await locked_batch.read_facts(session, states)]
    telling = Telling(model.version)
    carry(telling, states, seen, model=model, moment=lambda state: state.take_moment(now))
    telling.tell_breaks(states, seen, day=today, now=now)
    told, silent = _by_whether_told(states)
    await bulk_repository.write_customers(session, told, day=today, model_version=model.version)
    await bulk_repository.write_scores(session, silent, day=today, model_version=model.version)
    await telling.write(session, now=now)


def _by_whether_told(states: Sequence[CustomerState]) -> tuple[list[CustomerState], list[CustomerState]]:
    """Of those who are not told of, only the columns of the score move: half of the statement's work for most."""
    told = [state for state in states if state.told or state.new_breaks]
    return told, [state for state in states if not (state.told or state.new_breaks)]
