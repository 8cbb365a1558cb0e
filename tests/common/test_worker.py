"""All loops of a service start and end together."""

import asyncio

import pytest

from heed_common.dead_letters import TooManyDeadLetters
from heed_common.worker import Worker

pytestmark = pytest.mark.asyncio


class Toy:
    """A loop that runs until it is told to stop, and notes it."""

    def __init__(self, name="toy", *, error=None, stubborn=False):
        self.name, self.error, self.stubborn = name, error, stubborn
        self.ready = self.ended = self.cancelled = False
        self.stopped = asyncio.Event()

    async def run(self):
        self.ready = True
        try:
            if self.error:
                raise self.error
            await (asyncio.Event() if self.stubborn else self.stopped).wait()
            self.ended = True
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    def stop(self):
        self.stopped.set()


async def test_a_stop_lets_every_loop_finish(caplog):
    loops = [Toy("one"), Toy("two")]
    worker = Worker(loops)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert worker.readiness() == {"one": True, "two": True}
    worker.stop()
    await running
    assert all(loop.ended for loop in loops)
    assert not caplog.records


async def test_a_worker_without_loops_lasts_until_it_is_told_to_stop():
    worker = Worker([])
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    assert not running.done()
    worker.stop()
    await asyncio.wait_for(running, 60)


async def test_when_one_loop_fails_the_others_end_in_order_and_the_failure_is_told():
    failing, other = Toy(error=TooManyDeadLetters("20 in a row")), Toy()
    with pytest.raises(TooManyDeadLetters):
        await Worker([other, failing]).run()
    assert other.ended


async def test_a_loop_that_does_not_end_in_time_is_cancelled():
    stubborn, other = Toy(stubborn=True), Toy()
    worker = Worker([stubborn, other], drain_seconds=0.05)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    worker.stop()
    await asyncio.wait_for(running, 60)
    assert stubborn.cancelled
    assert other.ended


async def test_a_cancelled_worker_drains_too():
    loop = Toy()
    running = asyncio.create_task(Worker([loop]).run())
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert loop.ended


async def test_what_must_come_first_is_done_before_any_loop_runs():
    loop, order = Toy(), []

    async def first():
        order.append(loop.ready)

    worker = Worker([loop], first=first)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    order.append(loop.ready)
    worker.stop()
    await running
    assert order == [False, True]


async def test_when_what_must_come_first_fails_no_loop_runs():
    loop = Toy()

    async def first():
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await Worker([loop], first=first).run()
    assert not loop.ready
