"""`heed convert`: files for `/v1/imports` from an export of another system, and a report of what was lost."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from heed.convert import freshdesk, shopify, zendesk
from heed.convert.losses import Losses
from heed.convert.options import Options
from heed.convert.records import Record, read_records
from heed.convert.tickets import MomentUnreadable, to_complaint
from heed.errors import CommandError

TICKETS = {"zendesk-tickets": zendesk.to_ticket, "freshdesk-tickets": freshdesk.to_ticket}


class OptionInvalid(CommandError):
    """An option cannot be used."""


@dataclass(slots=True)
class Output:
    """The files that are written; each is created with its first line."""

    folder: Path
    stack: ExitStack
    files: dict[str, TextIO] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)

    def write(self, kind: str, line: Record) -> None:
        if kind not in self.files:
            path = self.folder / f"{kind}.ndjson"
            self.files[kind] = self.stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.files[kind].write(json.dumps(line, ensure_ascii=False) + "\n")

    def write_customer(self, line: Record) -> None:
        """Write the customer once: later orders and tickets have the same."""
        if line["external_id"] not in self.customers:
            self.customers.add(line["external_id"])
            self.write("customers", line)


def read_options(time_zone: str, categories: Path | None, *, default_category: str) -> Options:
    """Return the options. Raises `OptionInvalid`."""
    try:
        found = {} if categories is None else json.loads(categories.read_text(encoding="utf-8-sig"))
        zone = ZoneInfo(time_zone)
    except (OSError, ValueError, KeyError):
        raise OptionInvalid("--time-zone names a zone, --categories a file with a JSON object of texts.") from None
    if not isinstance(found, dict) or not all(isinstance(code, str) for code in found.values()):
        raise OptionInvalid("--categories names a file with a JSON object of texts.")
    return Options(zone, {str(word).lower(): code for word, code in found.items()}, default_category)


def run(source: str, file: Path, folder: Path, options: Options) -> None:
    """Convert the file and print the report."""
    folder.mkdir(parents=True, exist_ok=True)
    losses, counts = convert(source, file, folder, options)
    for kind, number in counts.items():
        print(f"{folder / f'{kind}.ndjson'}: {number:,} lines, for /v1/imports/{kind}")
    print("\n".join(losses.lines()))


def convert(source: str, file: Path, folder: Path, options: Options) -> tuple[Losses, dict[str, int]]:
    """Write the files. Return what was lost, and the number of lines of each file."""
    losses = Losses()
    with ExitStack() as stack:
        output = Output(folder, stack)
        if source == "shopify-orders":
            _convert_orders(read_records(file), output, options, losses)
        else:
            _convert_tickets(source, read_records(file), output, options, losses)
        return losses, output.counts


def _convert_tickets(
    source: str, records: Iterator[tuple[Record, bool]], output: Output, options: Options, losses: Losses
) -> None:
    to_ticket = TICKETS[source]
    for record, _ in records:
        try:
            ticket = to_ticket(record, options, losses)
        except MomentUnreadable:
            losses.skip("a moment that is not written as 2026-03-02 12:00")
            continue
        if ticket is not None:
            if ticket.customer is not None:
                output.write_customer(ticket.customer)
            output.write("complaints", to_complaint(ticket, losses))


def _convert_orders(records: Iterator[tuple[Record, bool]], output: Output, options: Options, losses: Losses) -> None:
    first = next(records, None)
    if first is None:
        return
    is_row = first[1]
    rest = (record for record, _ in records)
    orders = chain([first[0]], rest)
    for order in shopify.orders_of_rows(orders) if is_row else orders:
        try:
            converted = shopify.to_purchase(order, options, losses, is_row=is_row)
        except MomentUnreadable:
            losses.skip("a moment that is not written as 2026-03-02 12:00")
            continue
        if converted is not None:
            output.write_customer(converted[0])
            output.write("purchases", converted[1])
