"""Too many dead letters stop a consumer group, and neither the count nor the stop is lost with the process."""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heed_common import breaker, health
from heed_common.breaker import MAX_CONSECUTIVE, MAX_IN_WINDOW, WINDOW, Window
from tests.scoring.factories import NOON

GROUP = "heed-things"


def stopped_after(ends):
    """How many records a window lets pass, out of those that end so."""
    window = Window()
    for number, dead in enumerate(ends, start=1):
        window = window.add(dead=dead)
        if window.is_open:
            return number
    return None


def test_twenty_in_a_row_are_too_many():
    assert stopped_after([True] * 30) == MAX_CONSECUTIVE == 20
    assert stopped_after([*[True] * 19, False, *[True] * 19, False]) is None


def test_more_than_five_in_a_hundred_of_the_last_thousand_are_too_many():
    one_in_twenty = [number % 20 == 0 for number in range(5000)]
    assert stopped_after(one_in_twenty) is None
    assert stopped_after([number % 19 == 0 for number in range(5000)]) == MAX_IN_WINDOW * 19 + 1


@given(st.lists(st.tuples(st.integers(1, 25), st.integers(1, 400)), max_size=30))
@example([(19, 1)] * 10)
def test_it_stops_exactly_when_one_of_the_two_limits_is_passed(runs):
    ends = [dead for bad, good in runs for dead in [True] * bad + [False] * good]
    passed = (
        number
        for number in range(1, len(ends) + 1)
        if sum(ends[max(0, number - WINDOW) : number]) > MAX_IN_WINDOW
        or (number >= MAX_CONSECUTIVE and all(ends[number - MAX_CONSECUTIVE : number]))
    )
    assert stopped_after(ends) == next(passed, None)


@given(st.lists(st.booleans(), max_size=2 * WINDOW))
def test_what_is_stored_is_what_was_remembered(ends):
    window = Window().add_all(ends)
    assert Window.load(window.dump()) == window
    newest = ends[-WINDOW:]
    assert window.dead == sum(newest)
    assert window.in_a_row == next((i for i, dead in enumerate(reversed(newest)) if not dead), len(newest))


async def record(database, *ends):
    async with database.transaction() as session:
        return await breaker.record(session, ends, group=GROUP, now=NOON)


async def load(database):
    async with database.transaction() as session:
        return await breaker.load(session, group=GROUP)


@pytest.mark.asyncio
async def test_all_members_of_a_group_share_one_count(platform_database):
    """Each of the ten has two in a row."""
    states = await asyncio.gather(*(record(platform_database, True, True) for _ in range(10)))
    assert sorted(state.window.in_a_row for state in states) == list(range(2, 22, 2))
    assert [state.stopped for state in states].count(True) == 1
    assert (await load(platform_database)).stopped


@pytest.mark.asyncio
async def test_good_records_do_not_set_a_stopped_group_going(platform_database):
    assert (await record(platform_database, *[True] * 20)).stopped
    assert (await record(platform_database, *[False] * 2000)).stopped
    assert (await load(platform_database)).stopped


@pytest.mark.asyncio
async def test_a_group_that_is_resumed_begins_with_an_empty_count(platform_database):
    await record(platform_database, *[True] * 20)
    async with platform_database.transaction() as session:
        assert not await breaker.resume(session, group="heed-others")
        assert await breaker.resume(session, group=GROUP)
    assert await load(platform_database) == breaker.State()
    assert not (await record(platform_database, *[True] * 19)).stopped


@pytest.mark.asyncio
async def test_resuming_who_has_not_stopped_forgets_nothing(platform_database):
    await record(platform_database, *[True] * 19)
    async with platform_database.transaction() as session:
        assert not await breaker.resume(session, group=GROUP)
    assert (await load(platform_database)).window.in_a_row == 19


@pytest.mark.asyncio
async def test_readiness_names_a_stopped_consumer_and_the_command_and_stays_ready(platform_database):
    readiness = health.Readiness()
    readiness.add("consumer", breaker.consumers_not_stopped(platform_database, service="scoring"), required=False)
    assert (await readiness.report()).status == "ok"
    await record(platform_database, *[True] * 20)
    report = await readiness.report()
    assert (report.is_ready, report.status) == (True, "degraded")
    assert GROUP in report.checks["consumer"]
    assert "heed dlq resume --service scoring" in report.checks["consumer"]
