"""Door 3: time. Warnings, breaches and steps of escalation are told within a second of their moment."""

import logging
from datetime import datetime
from functools import partial

from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.failed_work.isolation import Isolation, isolated
from heed_common.metrics import Metrics
from heed_complaint.sla import repository, service

LONGEST_SLEEP = 1.0
SHORTEST_SLEEP = 0.05

log = logging.getLogger(__name__)


class Timers:
    """Watches the clocks. Any number may run at once: each moment is told by one of them."""

    name = repository.JOB

    def __init__(self, database: Database, *, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._stopping = False
        self.ready = False

    async def run(self) -> None:
        """Rings until it is stopped, across failures of the database; what fell due meanwhile is rung then."""
        while not self._stopping:
            try:
                seconds = await self.ring()
                self.ready = True
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("the timers lost their database and try again: %s", type(error).__name__)
                seconds = LONGEST_SLEEP
            await self._clock.sleep(seconds)

    def stop(self) -> None:
        """Ends after the sleep that lasts, a second at most."""
        self._stopping = True

    async def ring(self) -> float:
        """Tells of one batch of what is due and answers how long one may sleep."""
        now = self._clock.now()
        if await isolated(partial(self._ring, now=now), name=self.name, metrics=self._metrics):
            return 0.0
        async with self._database.transaction() as session:
            moment = await repository.next_moment(session, now=now)
        if moment is None:
            return LONGEST_SLEEP
        return min(max((moment - now).total_seconds(), SHORTEST_SLEEP), LONGEST_SLEEP)

    async def _ring(self, isolate: Isolation, *, now: datetime) -> bool:
        async with self._database.transaction() as session:
            return await service.ring_due(session, now=now, isolate=isolate) > 0
