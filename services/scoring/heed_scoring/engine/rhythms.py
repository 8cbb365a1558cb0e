"""Purchase rhythms of a customer, of each category and in all, and which of them are broken. Pure."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np

from heed_measures import rhythm
from heed_scoring.engine.features.features import Features
from heed_scoring.ledger.day_set import DaySet
from heed_scoring.ledger.facts import Facts

MIN_PURCHASE_DAYS = rhythm.MIN_REPEATS + 1
TENTH = Decimal("0.1")

RhythmState = Literal["too_few", "regular", "broken"]
BreakKind = Literal["life_event_candidate", "all"]


class PurchaseSeries(NamedTuple):
    """The purchase days of a category, as it is written, or of everything (category None)."""

    category: str | None
    days: int
    first: int
    last: int
    """As ordinals."""

    @property
    def has_rhythm(self) -> bool:
        return self.days >= MIN_PURCHASE_DAYS

    @property
    def usual_interval(self) -> Decimal | None:
        """The mean of the days between purchase days, to a tenth."""
        return (Decimal(self.last - self.first) / (self.days - 1)).quantize(TENTH) if self.days > 1 else None


class Rhythm(NamedTuple):
    """A line as it is seen on a day; `kind` only where it is broken."""

    line: PurchaseSeries
    state: RhythmState
    kind: BreakKind | None


def purchase_series(facts: Facts) -> list[PurchaseSeries]:
    """Everything first, then the categories; a day whose whole purchase came back is no purchase day of either."""
    purchase_days, undone = facts.purchase_days(), facts.undone_days()
    if not purchase_days:
        return []
    found = [_series(None, purchase_days)]
    for category, days in sorted(facts.category_days.items()):
        bought = days.without(undone)
        if bought:
            found.append(_series(facts.category_names.get(category, category), bought))
    return found


def rhythms(facts: Facts, *, day: date) -> list[Rhythm]:
    """All rhythms of one customer, broken or not."""
    owned = purchase_series(facts)
    kinds = dict(_broken([owned], day=day)[0])
    if "all" in kinds.values():  # Then no category goes on: each that had a rhythm is broken.
        kinds = {line: "all" for line in owned if line.has_rhythm}
    return [Rhythm(line, _state(line, kinds.get(line)), kinds.get(line)) for line in owned]


def broken(customers: Sequence[Facts], *, day: date) -> list[list[tuple[PurchaseSeries, BreakKind]]]:
    """Of each of many customers the rhythms that are broken on that day, all in one go."""
    # Who has bought on too few days has no rhythm to break, and most have not bought often.
    often = [facts.closed is not None or len(facts.purchases) >= MIN_PURCHASE_DAYS for facts in customers]
    return _broken(
        [purchase_series(facts) if many else [] for facts, many in zip(customers, often, strict=True)], day=day
    )


def broken_from_features(customers: Sequence[Features], *, day: date) -> list[list[tuple[PurchaseSeries, BreakKind]]]:
    """The same for customers whose purchase days have been gone through already, as those of a daily refresh have."""
    today = day.toordinal()
    owned = [_lines_as_seen(seen) if seen.purchase_days >= MIN_PURCHASE_DAYS else [] for seen in customers]
    # Nothing has stopped where no line is silent for too long; then all that follows is spared.
    return _broken([some if any(_is_silent(line, today) for line in some) else [] for some in owned], day=day)


def _lines_as_seen(seen: Features) -> list[PurchaseSeries]:
    """`lines`, but for categories that were bought too seldom to have a rhythm."""
    found = [PurchaseSeries(None, seen.purchase_days, seen.last_day - seen.first_to_last, seen.last_day)]
    for category, days in sorted(seen.category_days.items()):
        bought = days.without(seen.undone) if seen.undone else days
        if len(bought) >= MIN_PURCHASE_DAYS:
            found.append(_series(seen.category_names.get(category, category), bought))
    return found


def _series(category: str | None, days: DaySet) -> PurchaseSeries:
    return PurchaseSeries(category, len(days), days.first, days.last)


def _is_silent(line: PurchaseSeries, today: int) -> bool:
    """Threshold of `rhythm.is_broken`, multiplied out: whole days, exact at the border."""
    return (today - line.last) * (line.days - 1) > rhythm.BROKEN_FROM * (line.last - line.first)


def _broken(
    customers: Sequence[Sequence[PurchaseSeries]], *, day: date
) -> list[list[tuple[PurchaseSeries, BreakKind]]]:
    owned = [
        (index, line) for index, owned in enumerate(customers) for line in owned if line.category and line.has_rhythm
    ]
    whole = [next(iter(owned), PurchaseSeries(None, 0, 0, 0)) for owned in customers]
    everything = rhythm.is_broken(*_histories(whole, day))
    indices = np.array([index for index, _ in owned], dtype=np.int64)
    stopped = rhythm.find_stopped(indices, *_histories([line for _, line in owned], day), overall_broken=everything)
    found: list[list[tuple[PurchaseSeries, BreakKind]]] = [[] for _ in customers]
    for index in np.flatnonzero(stopped.customers).tolist():
        found[index].append((whole[index], "all"))
    for (index, line), single in zip(owned, stopped.series.tolist(), strict=True):
        if single:
            found[index].append((line, "life_event_candidate"))
    return found


def _histories(lines: Sequence[PurchaseSeries], day: date) -> tuple[list[int], list[int], list[int]]:
    """Repeat purchase days, time of the last one and age, in days."""
    today = day.toordinal()
    return (
        [max(line.days - 1, 0) for line in lines],
        [line.last - line.first for line in lines],
        [max(today, line.last) - line.first for line in lines],
    )


def _state(line: PurchaseSeries, kind: BreakKind | None) -> RhythmState:
    if kind is not None:
        return "broken"
    return "regular" if line.has_rhythm else "too_few"
