"""Purchases of 23,570 real customers of CDNOW, 1997 to 1998, from the wheel of `lifetimes`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path

from heed.errors import CommandError

MASTER, SAMPLE = "cdnow", "cdnow-sample"
FILES = {MASTER: "CDNOW_master.txt", SAMPLE: "CDNOW_sample.txt"}
CALIBRATION_ENDS_ON = date(1997, 9, 30)
"""End of the calibration period in the literature."""
ENDS_ON = date(1998, 6, 30)
NOON = time(12, tzinfo=UTC)
SUNDAY = 6


class DataMissing(CommandError):
    """The wheel with the data is not installed."""


@dataclass(frozen=True, slots=True)
class Row:
    """Purchases of a customer on a day."""

    number: int
    customer: int
    day: date
    dollars: str


def rows(log: str = MASTER) -> Iterator[Row]:
    """Yield the rows of all customers, or of the 1/10 sample, ordered by customer and day."""
    for number, line in enumerate(_path(FILES[log]).read_text().splitlines()):
        if fields := line.split():
            customer, day, dollars = fields[0], fields[-3], fields[-1]
            if customer.isdigit():
                yield Row(number, int(customer), datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date(), dollars)


def weeks_until(today: date) -> int:
    """Return the number of weeks to shift the log, so that weekdays stay and it ends in the last complete week."""
    last_sunday = today - timedelta(days=(today.weekday() - SUNDAY) % 7 or 7)
    return (last_sunday - ENDS_ON).days // 7


def customers() -> Iterator[bytes]:
    """Yield NDJSON for the import of customers."""
    for customer in sorted({row.customer for row in rows()}):
        yield _line({"external_id": f"cdnow-{customer}", "kind": "individual", "name": f"CDNOW customer {customer}"})


def purchases(*, weeks: int) -> Iterator[bytes]:
    """Yield NDJSON for the import of purchases; unit costs are unknown."""
    for row in rows():
        bought = {"sku": "order", "category": "music", "quantity": "1", "unit_price": row.dollars}
        yield _line(
            {
                "external_id": f"cdnow-{row.number}",
                "customer_external_id": f"cdnow-{row.customer}",
                "occurred_at": datetime.combine(row.day + timedelta(weeks=weeks), NOON).isoformat(),
                "currency": "USD",
                "lines": [bought],
            }
        )


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _path(file: str) -> Path:
    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        raise DataMissing("The data are in the wheel of lifetimes: `make demo` installs it.")
    return Path(found.origin).parent / "datasets" / file
