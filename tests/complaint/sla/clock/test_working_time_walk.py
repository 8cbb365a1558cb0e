"""Working time against a walk through it, minute by minute."""

from itertools import islice
from random import Random

import pytest

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import clock
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.plan import Terms
from tests.complaint.factories.calendars import MINUTE, write

CASES_A_CALENDAR = 20


def pauses_of(random, start, minutes):
    """Up to three pauses after the start, as minutes of the window."""
    moments = sorted(random.sample(range(start, minutes), 2 * random.randint(0, 3)))
    return list(zip(moments[::2], moments[1::2], strict=True))


def walk_to(opened, pauses, start, amount):
    """The minute at which so much has been worked outside of the pauses; nothing if the window is too short."""
    paused = {minute for since, until in pauses for minute in range(since, until)}
    counting = (i for i in range(start, len(opened)) if opened[i] and i not in paused)
    minute = next(islice(counting, amount - 1, None), None)
    if minute is None:
        return None
    due = minute + 1
    while due in paused:
        due += 1
    return due


def check(random, written, calendar, opened):
    """One case: how much, until when, the next opening, and a deadline with pauses."""

    def at(minute):
        return written.start + minute * MINUTE

    start, end = sorted(random.sample(range(len(opened) - 8), 2))
    assert calendar.between(at(start), at(end)) == sum(opened[start:end]) * MINUTE
    amount = random.randint(1, max(1, min(1500, sum(opened[start:]))))
    if (due := walk_to(opened, [], start, amount)) is not None:
        assert calendar.add(at(start), amount * MINUTE) == at(due)
        assert calendar.next_open(at(start)) == at(opened.index(True, start))
    pauses = pauses_of(random, start, len(opened))
    running = clock.start(Clock(Milestone.RESOLUTION, Terms(amount * MINUTE, calendar)), at(start))
    for since, until in random.sample(pauses, len(pauses)):
        running = clock.record_pause(running, at(since), at(until))
    paused = sum(sum(opened[min(since, end) : min(until, end)]) for since, until in pauses)
    assert running.consumed(at(end)) == (sum(opened[start:end]) - paused) * MINUTE
    if (due := walk_to(opened, pauses, start, amount)) is not None:
        assert running.due_at == at(due)


def check_calendars(number, *, seed):
    random = Random(seed)
    for _ in range(number):
        written = write(random)
        calendar, opened = written.calendar(), written.walk()
        for _ in range(CASES_A_CALENDAR):
            check(random, written, calendar, opened)


def test_sixty_deadlines_are_where_a_walk_through_the_minutes_finds_them():
    check_calendars(3, seed=1)


@pytest.mark.slow
def test_five_thousand_deadlines_are_where_a_walk_through_the_minutes_finds_them():
    check_calendars(250, seed=2)
