"""Deadlines in working time beside `businesstimedelta`. Alone: `python -m benchmarks.sla`."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from time import perf_counter

import businesstimedelta as oracle  # type: ignore[import-untyped]
import pytz  # type: ignore[import-untyped]

from benchmarks import report
from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.working_time import Calendar

ZONE = "America/New_York"
LUNCH = ((9, 12), (13, 18))
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=2 * 365)
TARGETS = (4, 8, 24, 48)
QUESTIONS, HEED_TIMES, ROUNDS = 400, 100, 7
MIN_RATIO = 200
SEED = 11

Question = tuple[datetime, timedelta]


def measure() -> None:
    random = Random(SEED)
    questions = [_question(random) for _ in range(QUESTIONS)]
    calendar, rules = _calendar(), _rules()
    _print_build(questions)
    # What is fast and wrong is worth nothing: both must name the same deadlines.
    assert [calendar.add(*one) for one in questions] == [_deadline(rules, *one) for one in questions]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_each(calendar.add, questions * HEED_TIMES))
        theirs.append(_each(partial(_deadline, rules), questions))
    _print(ours, theirs)


def _each(add: Callable[[datetime, timedelta], datetime], questions: Sequence[Question]) -> float:
    """Microseconds of the processor for one answer."""

    def work() -> None:
        for start, amount in questions:
            add(start, amount)

    return 1e6 * report.spent(work).processor / len(questions)


def _print_build(questions: Sequence[Question]) -> None:
    calendar, since = _calendar(), perf_counter()
    calendar.between(min(questions)[0], max(questions)[0] + timedelta(days=40))
    took = round(1000 * (perf_counter() - since), 2)
    report.line({"claim": "intervals of a calendar laid out", "unit": "ms", "heed": took})


def _print(ours: Sequence[float], theirs: Sequence[float]) -> None:
    raw, best = sorted(theirs)[ROUNDS // 2], sorted(ours)[ROUNDS // 2]
    line = {
        "claim": "a deadline in working time, intervals laid out before",
        "unit": "µs of the processor",
        "heed": round(best, 3),
        "reference": round(raw, 1),
        "reference_is": "the same deadlines by businesstimedelta",
        "ratio": round(raw / best),
        "ratio_is": "times faster",
        "better": "higher",
        "at_least": MIN_RATIO,
        "rounds": {"heed": [round(value, 3) for value in ours], "reference": [round(value, 1) for value in theirs]},
    }
    report.line(line)


def _question(random: Random) -> Question:
    start = FIRST + timedelta(seconds=random.randrange(int(YEARS.total_seconds())))
    return start, timedelta(hours=random.choice(TARGETS))


def _calendar() -> Calendar:
    day = [(f"{opens:02}:00", f"{closes:02}:00") for opens, closes in LUNCH]
    return Calendar(opening_hours.parse_opening_hours(ZONE, dict.fromkeys(opening_hours.DAYS[:5], day)))


def _rules() -> oracle.Rules:
    zone = pytz.timezone(ZONE)
    return oracle.Rules(
        [
            oracle.WorkDayRule(start_time=time(opens), end_time=time(closes), working_days=range(5), tz=zone)
            for opens, closes in LUNCH
        ]
    )


def _deadline(rules: oracle.Rules, start: datetime, amount: timedelta) -> datetime:
    due: datetime = start + oracle.BusinessTimeDelta(rules, timedelta=amount)
    return due.astimezone(UTC)


if __name__ == "__main__":
    measure()
