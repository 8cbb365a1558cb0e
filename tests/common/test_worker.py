"""All loops of a service start and end together."""

import asyncio
from itertools import pairwise

import pytest

from heed_common.broker.protocols import WrongPartitions
from heed_common.metrics import Metrics
from heed_common.settings import SettingsError
from heed_common.worker import Worker

pytestmark = pytest.mark.asyncio


class Broken(Exception):
    pass


class Sample:
    """A loop that runs until it is stopped, and records it."""

    def __init__(self, name="sample", *, error=None, stubborn=False):
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
    loops = [Sample("one"), Sample("two")]
    worker = Worker(loops, metrics=Metrics("samples"))
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert worker.readiness() == {"one": True, "two": True}
    worker.stop()
    await running
    assert all(loop.ended for loop in loops)
    assert not caplog.records


async def test_a_worker_without_tasks_runs_until_it_is_stopped():
    worker = Worker([], metrics=Metrics("samples"))
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    assert not running.done()
    worker.stop()
    await asyncio.wait_for(running, 60)


async def test_a_fatal_error_of_one_task_stops_the_others_and_is_raised():
    failing, other = Sample(error=WrongPartitions("12")), Sample()
    with pytest.raises(WrongPartitions):
        await Worker([other, failing], metrics=Metrics("samples")).run()
    assert other.ended


async def test_a_loop_that_does_not_end_in_time_is_cancelled():
    stubborn, other = Sample(stubborn=True), Sample()
    worker = Worker([stubborn, other], metrics=Metrics("samples"), drain_seconds=0.05)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    worker.stop()
    await asyncio.wait_for(running, 60)
    assert stubborn.cancelled
    assert other.ended


async def test_a_cancelled_worker_drains_too():
    loop = Sample()
    running = asyncio.create_task(Worker([loop], metrics=Metrics("samples")).run())
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert loop.ended


async def test_what_must_come_first_is_done_before_any_loop_runs():
    loop, order = Sample(), []

    async def first():
        order.append(loop.ready)

    worker = Worker([loop], metrics=Metrics("samples"), on_start=first)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    order.append(loop.ready)
    worker.stop()
    await running
    assert order == [False, True]


async def test_what_must_come_first_is_tried_again_and_no_loop_runs_before_it():
    loop, tries = Sample(), []

    async def first():
        tries.append(loop.ready)
        if len(tries) < 3:
            raise ConnectionError

    worker = Worker([loop], metrics=Metrics("samples"), on_start=first, restart_delay=0.001)
    running = asyncio.create_task(worker.run())
    await _until(lambda: loop.ready)
    assert tries == [False, False, False]
    worker.stop()
    await asyncio.wait_for(running, 60)


@pytest.mark.parametrize("error", [RuntimeError("unforeseen"), ConnectionError(), KeyError("row")])
async def test_a_loop_that_fails_starts_again_and_the_others_do_not_notice(error, caplog):
    failing, other, metrics = Sample("failing", error=error), Sample("other"), Metrics("samples")
    worker = Worker([failing, other], metrics=metrics, restart_delay=0.001)
    running = asyncio.create_task(worker.run())
    await _until(lambda: "failing" in worker.waiting)
    assert worker.waiting == {"failing": type(error).__name__}
    failing.error = None
    await _until(lambda: not worker.waiting)
    assert other.ready
    assert not other.ended
    worker.stop()
    await asyncio.wait_for(running, 60)
    assert failing.ended
    restarts = metrics.registry.get_sample_value("heed_loop_restarts_total", {"loop": "failing"})
    assert restarts == sum("failing failed" in record.message for record in caplog.records) > 0


async def test_the_wait_before_a_restart_doubles_up_to_a_minute(caplog):
    failing = Sample("failing", error=RuntimeError())
    worker = Worker([failing], metrics=Metrics("samples"), restart_delay=0.01)
    running = asyncio.create_task(worker.run())
    await _until(lambda: len(caplog.records) >= 4)
    worker.stop()
    await asyncio.wait_for(running, 60)
    moments = [record.created for record in caplog.records[:4]]
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert len(waits) == 3
    assert all(wait >= 0.01 * 2**number for number, wait in enumerate(waits))


async def test_a_worker_that_waits_for_a_restart_stops_at_once():
    worker = Worker([Sample(error=RuntimeError())], metrics=Metrics("samples"), restart_delay=3600)
    running = asyncio.create_task(worker.run())
    await _until(lambda: worker.waiting)
    worker.stop()
    await asyncio.wait_for(running, 60)
    assert running.done()


@pytest.mark.parametrize("error", [SettingsError("HEED_X"), WrongPartitions("12")])
async def test_what_only_a_person_can_mend_ends_the_worker(error):
    with pytest.raises(type(error)):
        await Worker([Sample(error=error), Sample()], metrics=Metrics("samples")).run()


async def _until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0)
