"""Daily refresh: score all customers again for a new day or a new model, one page of customers at a time."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
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
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import bulk_repository, repository
from heed_scoring.scores.publication import Publication, revalue

PAGE_SIZE = 1000
RECHECK_AFTER = timedelta(minutes=1)
"""A check that found no customer due, of a day and model, is not repeated before: it has read all rows."""
MIN_ID, MAX_ID = UUID(int=0), UUID(int=2**128 - 1)


class DailyRefresh:
    """Pages through the customers in the order of their ids. The position may be lost: the rows have their day.

    Claiming "the next stale ones" from the beginning each time would read again, and again, the dead rows that a
    backup at midnight keeps from being vacuumed.
    """

    def __init__(self, *, page: int = PAGE_SIZE) -> None:
        self._page = page
        self._after = MIN_ID
        self._running = 0
        self._failed: list[tuple[UUID, UUID]] = []
        """Returned pages: the next call processes one of them, row by row if necessary."""
        self._next = asyncio.Lock()
        self._done: tuple[date, str, datetime] | None = None
        """Day and model of which no customer was due, and when that was checked."""

    async def __call__(self, session: AsyncSession, clock: Clock, isolate: Isolation = all_at_once) -> bool:
        """Score one page again. Return whether there was work.

        The rows stay locked, so an event that arrives meanwhile waits and sees the newer score; customers that are
        locked elsewhere are processed in the next round. It pauses while the outbox is backlogged. Two concurrent
        calls process two pages: one is calculated while the database writes the other.
        """
        if await outbox.is_backlogged(session):
            return False
        model, _, days = await models_repository.champion(session)
        now = clock.now()
        async with self._next:
            page = await self._next_page(session, today=days.day_of(now), model_version=model.version, now=now)
        if page is None:
            return False

        self._running += 1
        try:
            await _rescore_page(session, page, isolate, model=model, days=days, clock=clock)
        except BaseException:
            self._failed.append(page)
            raise
        finally:
            self._running -= 1
        return True

    async def next_due(self, session: AsyncSession, now: datetime) -> datetime | None:
        """Return the beginning of the next day, or `now` while the outbox is backlogged."""
        if (room := await outbox.next_room(session, now)) is not None:
            return room
        _, _, days = await models_repository.champion(session)
        return days.end_of(days.day_of(now))

    async def _next_page(
        self, session: AsyncSession, *, today: date, model_version: str, now: datetime
    ) -> tuple[UUID, UUID] | None:
        """Return the next range of ids; None if all customers are done, or in a page that is still running."""
        if self._failed:
            return self._failed.pop()
        after = self._after
        if after == MIN_ID and (self._running or not await self._is_due(session, today, model_version, now)):
            return None
        end = await repository.page_end_id(session, after=after, size=self._page)
        self._after = end or MIN_ID
        return after, end or MAX_ID

    async def _is_due(self, session: AsyncSession, today: date, model_version: str, now: datetime) -> bool:
        """Return whether a walk would find work."""
        if self._done is not None:
            *of, checked_at = self._done
            is_recent = of == [today, model_version] and checked_at <= now < checked_at + RECHECK_AFTER
            if is_recent and not await repository.has_retries(session, now=now):
                return False
        if await repository.has_due_customers(session, today=today, model_version=model_version, now=now):
            return True
        self._done = (today, model_version, now)
        return False


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

    async def rescore(some: Sequence[LockedCustomer]) -> None:
        await _rescore(session, some, model=model, today=today, now=clock.now())

    after, until = page
    customers = await repository.lock_stale_page(
        session, after=after, until=until, today=today, model_version=model.version, now=now
    )
    await isolate(session, repository.DAILY_REFRESH, customers, rescore, key=attrgetter("customer_id"), now=now)


async def _rescore(
    session: AsyncSession, customers: Sequence[LockedCustomer], *, model: Model, today: date, now: datetime
) -> None:
    all_facts = await locked_batch.load_facts(session, customers, today=today)
    seen = [features(facts, day=today, money=model.money) for facts in all_facts]
    publication = Publication(model.version)
    revalue(publication, customers, seen, model=model, next_timestamp=lambda customer: customer.next_timestamp(now))
    publication.add_rhythm_breaks(customers, seen, day=today, now=now)
    for customer in customers:
        if customer.survivor_id is None:
            customer.close_days(today)
    # Of most customers only the columns of the score change: half of the statement's work.
    changed = [customer for customer in customers if customer.has_publications or customer.has_new_facts]
    others = [customer for customer in customers if not (customer.has_publications or customer.has_new_facts)]
    await bulk_repository.update_customers(session, changed, day=today, model_version=model.version)
    await bulk_repository.update_scores(session, others, day=today, model_version=model.version)
    await publication.flush(session, now=now)
