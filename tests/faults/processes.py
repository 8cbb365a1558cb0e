"""Processes of their own, so that they can be killed: SIGKILL, nothing is finished and nothing is reported."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.process import BaseProcess

from heed_common.broker.bus import open_bus
from heed_common.broker.postgres.bus import PostgresBus, PostgresPublisher
from heed_common.broker.protocols import Message, PublishResult
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.signals import Signal
from heed_scoring.settings import Settings
from heed_scoring.worker import create_worker
from tests.forks import FORKS
from tests.scoring.factories import NOON


@contextmanager
def started(work: Callable[..., None], *arguments: object) -> Iterator[BaseProcess]:
    """A process that does the work; it is killed at the end at the latest."""
    process = FORKS.Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


class NoonClock(SystemClock):
    """It stays noon of the same day, so that two runs can be compared; waiting takes its time all the same."""

    def now(self) -> datetime:
        return NOON


def work_as_scoring(database_url: str, bus: str, log_url: str) -> None:
    """The scoring worker, as `python -m heed_scoring worker` runs it."""
    settings = Settings.load(database_url=database_url, bus=bus, instance_id="scoring-1")
    asyncio.run(_work_as_scoring(settings, log_url))


async def _work_as_scoring(settings: Settings, log_url: str) -> None:
    resources = Resources.open(settings, clock=NoonClock())
    await create_worker(settings, resources, open_bus(settings, log_url=log_url)).run()


def relay(database_url: str, log_url: str) -> None:
    asyncio.run(_relay(Database(database_url), PostgresBus(Database(log_url)).publisher()))


def relay_until_sent(database_url: str, log_url: str) -> None:
    """Ends as if by SIGKILL when the broker has acknowledged, before the rows are deleted."""
    asyncio.run(_relay_until_sent(database_url, log_url))


async def _relay_until_sent(database_url: str, log_url: str) -> None:
    publisher = PostgresBus(Database(log_url)).publisher()
    assert isinstance(publisher, PostgresPublisher)
    await _relay(Database(database_url), Killed(publisher))


async def _relay(database: Database, publisher: object) -> None:
    staged = Signal("heed_staged")
    await Relay(database, publisher, outbox_signal=staged, clock=SystemClock(), metrics=Metrics("things")).run()


class Killed:
    """A publisher whose process is killed after the first acknowledgement."""

    def __init__(self, publisher: PostgresPublisher) -> None:
        self._publisher = publisher

    async def start(self) -> None:
        await self._publisher.start()

    async def publish(self, messages: list[Message]) -> PublishResult:
        await self._publisher.publish(messages)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("it is dead")

    async def stop(self) -> None:
        await self._publisher.stop()
