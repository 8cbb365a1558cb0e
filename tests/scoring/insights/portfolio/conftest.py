"""Purchases on the days that a test names, taken in now or on the day itself."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from heed_common.clock import FakeClock
from heed_common.resources import Resources
from heed_scoring import handlers
from tests.scoring.factories import make_purchase, received

Buy = Callable[..., Awaitable[None]]


@pytest.fixture
def buy(resources: Resources) -> Buy:
    """Purchases of a customer on these days, each of 100 dollars with a margin of 40 by default."""

    async def buy(customer_id: UUID, *days: str, gross: str = "100") -> None:
        moments = [datetime.fromisoformat(f"{day}T10:00:00Z") for day in days]
        batch = [received(make_purchase(customer_id, occurred_at=at, gross=gross)) for at in moments]
        async with resources.database.transaction() as session:
            await handlers.process_batch(session, batch, clock=resources.clock)

    return buy


@pytest.fixture
def at_noon_of(clock: FakeClock) -> Callable[[str], None]:
    """Sets the clock; days may come in any order, because nothing else reads it."""

    def set_clock(day: str) -> None:
        noon = datetime.combine(datetime.fromisoformat(day), time(12), UTC)
        clock.advance(noon - clock.now() if noon != clock.now() else timedelta())

    return set_clock
