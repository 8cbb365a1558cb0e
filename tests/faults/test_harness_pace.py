"""The pace of the fault harness: while callers are held no write is under way, and a restore ends their lives."""

import asyncio

import pytest

from tests.faults.harness.pace import Pace, Undone

pytestmark = pytest.mark.asyncio


async def test_callers_are_held_once_their_writes_are_acknowledged():
    pace, acknowledged, written = Pace(), asyncio.Event(), []

    async def write(name: str) -> None:
        async with pace.writing(since=0):
            await acknowledged.wait()
            written.append(name)

    first = asyncio.create_task(write("first"))
    await asyncio.sleep(0)
    holding = asyncio.create_task(hold(pace, written, name="held"))
    await asyncio.sleep(0)
    second = asyncio.create_task(write("second"))
    await asyncio.sleep(0)
    assert written == []
    acknowledged.set()
    await asyncio.gather(first, second, holding)
    assert written == ["first", "held", "second"]


async def hold(pace: Pace, written: list[str], *, name: str) -> None:
    async with pace.held():
        written.append(name)


async def test_a_life_from_before_a_restore_writes_nothing_more():
    pace = Pace()
    async with pace.held():
        pace.restores += 1
    with pytest.raises(Undone):
        async with pace.writing(since=0):
            pytest.fail("it wrote")
    async with pace.writing(since=1):
        pass
