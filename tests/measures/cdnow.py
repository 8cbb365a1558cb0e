"""The real purchase log of CDNOW (1/10 sample and all 23,570 customers), read out of the wheel of `lifetimes`."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heed_measures.purchase_log import PurchaseLog, purchase_log

CALIBRATION_END = date(1997, 9, 30)
HOLDOUT_END = date(1998, 6, 30)


@dataclass(frozen=True)
class Cohort:
    """Per customer, times in weeks: repeat days, last, age; mean spend of a repeat day; holdout days and spend."""

    x: NDArray[np.float64]
    tx: NDArray[np.float64]
    T: NDArray[np.float64]
    m: NDArray[np.float64]
    holdout_days: NDArray[np.float64]
    holdout_spend: NDArray[np.float64]


@cache
def sample() -> Cohort:
    return _cohort("CDNOW_sample.txt", date_column=2)


@cache
def master() -> Cohort:
    return _cohort("CDNOW_master.txt", date_column=1)


def sample_lines() -> list[tuple[int, date, str]]:
    """Return the rows of the 1/10 sample: customer, day, dollars."""
    fields = [line.split() for line in (_datasets() / "CDNOW_sample.txt").read_text().splitlines() if line.strip()]
    return [(int(line[1]), date.fromisoformat(line[2]), line[4]) for line in fields]


def sample_log() -> PurchaseLog:
    """The purchase days of the 1/10 sample, as a back-test takes them."""
    return purchase_log(*_purchase_days(_datasets() / "CDNOW_sample.txt", 2))


def master_log() -> PurchaseLog:
    """Return the purchase days of all customers."""
    return purchase_log(*_purchase_days(_datasets() / "CDNOW_master.txt", 1))


def _cohort(name: str, *, date_column: int) -> Cohort:
    customer, day, spend = _purchase_days(_datasets() / name, date_column)
    end = CALIBRATION_END.toordinal()
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    owner = np.cumsum(np.r_[True, customer[1:] != customer[:-1]]) - 1
    first = day[starts]
    seen, n = day <= end, len(starts)
    repeat = seen & (day > first[owner])
    x = np.bincount(owner[repeat], minlength=n).astype(float)
    last = np.maximum.reduceat(np.where(seen, day, 0), starts)
    m = np.bincount(owner[repeat], weights=spend[repeat], minlength=n) / np.maximum(x, 1)
    later = np.bincount(owner[~seen], minlength=n).astype(float)
    later_spend = np.bincount(owner[~seen], weights=spend[~seen], minlength=n)
    return Cohort(x, (last - first) / 7, (end - first) / 7, m, later, later_spend)


def _purchase_days(path: Path, date_column: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """One row for each customer and day, sorted: customer, day, money spent."""
    days: dict[tuple[int, int], int] = {}
    for line in path.read_text().splitlines():
        fields = line.split()
        if not fields or not fields[0].isdigit():
            continue
        written = fields[date_column]
        day = date(int(written[:4]), int(written[4:6]), int(written[6:])).toordinal()
        key = (int(fields[0]), day)
        days[key] = days.get(key, 0) + round(float(fields[-1]) * 100)
    keys = np.array(sorted(days))
    return keys[:, 0], keys[:, 1], np.array([days[customer, day] / 100 for customer, day in keys.tolist()])


def _datasets() -> Path:
    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        raise RuntimeError("The CDNOW data lie in the wheel of lifetimes, which is a test dependency.")
    return Path(found.origin).parent / "datasets"
