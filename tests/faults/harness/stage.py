"""One stage: load, its faults one after the other, quiet, and then the question what was damaged."""

import asyncio
import sys
from datetime import datetime, timedelta
from time import monotonic

from tests.faults.harness import evidence, life
from tests.faults.harness.checks import Damage, assess
from tests.faults.harness.injectors import INJECTORS
from tests.faults.harness.life import Life
from tests.faults.harness.load import running_load
from tests.faults.harness.plan import Fault, FaultKind, Stage
from tests.faults.harness.report import Report

SETTLE_SECONDS = 120.0
POLL_SECONDS = 0.25
TIMER_SECONDS = 2.5
"""Timers sleep a second at most."""
POISON = (FaultKind.POISON_ROW, FaultKind.POISON_EVENTS)
POISON_SECONDS, POISON_RETRY_SECONDS = 30.0, 0.5
LAST_JUMP = timedelta(hours=3)
"""More clocks fall due in it than in all the stage."""


async def run(stage: Stage, *, name: str, report: Report) -> None:
    """Carry out the stage and add what it showed to the report."""
    async with life.running(stage.bus) as product:
        async with product.watched(), running_load(product.caller, name=name, pace=product.pace):
            latest = await _inject_all(product, stage, report)
        print_line(f"{name}: {len(product.journal.writes)} writes acknowledged, waiting for quiet")
        await _settle(product, latest)
        report.damages.append(await _assess(product))
        report.acknowledged += len(product.journal.writes)
        report.surprises += product.journal.surprises


def print_line(line: str) -> None:
    """Show the progress where it does not get in the way of the result."""
    print(line, file=sys.stderr, flush=True)


async def _inject_all(product: Life, stage: Stage, report: Report) -> datetime:
    """Return the latest time that the product's clock has shown."""
    latest = product.product.clock.now()
    for number, fault in enumerate(stage.faults, start=1):
        await asyncio.sleep(fault.pause)
        latest = max(latest, product.product.clock.now())
        began = monotonic()
        async with product.undisturbed:
            await _inject(product, fault)
            await product.revive(f"{fault.kind} {fault.amount}")
        report.faults += 1
        print_line(f"  {number:3} {fault.kind} {fault.amount} ({monotonic() - began:.1f} s)")
    return max(latest, product.product.clock.now())


async def _inject(product: Life, fault: Fault) -> None:
    """Inject the fault. Poison waits for a database or broker that an earlier fault still makes unavailable."""
    limit = monotonic() + POISON_SECONDS
    while True:
        try:
            await INJECTORS[fault.kind](product, fault)
        except OSError as error:
            if fault.kind not in POISON:
                raise
            if monotonic() > limit:
                product.journal.surprises.append(f"{fault.kind} could not be written: {error!r}")
                return
            await asyncio.sleep(POISON_RETRY_SECONDS)
        else:
            return


async def _settle(product: Life, latest: datetime) -> None:
    """Let the timers come to everything that was ever due, then halt the clock and wait for the consumers."""
    clock = product.product.clock
    clock.jump(max(latest - clock.now(), timedelta()) + LAST_JUMP)
    clock.halt()
    await asyncio.sleep(TIMER_SECONDS)
    deadline = monotonic() + SETTLE_SECONDS
    async with product.broker() as broker:
        while not await evidence.is_settled(product.product, broker):
            if monotonic() > deadline:
                product.journal.surprises.append("events were still on their way minutes after the last fault")
                return
            await asyncio.sleep(POLL_SECONDS)


async def _assess(product: Life) -> Damage:
    async with product.broker() as broker:
        found = await evidence.collect(
            product.caller.http, product.journal, product.product, broker, poison=frozenset(product.poison)
        )
    return assess(product.journal, found)
