"""Report of a replay."""

from collections.abc import Iterator

from heed_scoring.rebuild.replay import Replayed

MIN_SECONDS = 0.001


def text(replayed: Replayed, *, seconds: float) -> str:
    return "\n".join(_lines(replayed, seconds))


def _lines(replayed: Replayed, seconds: float) -> Iterator[str]:
    read, comparison = replayed.read, replayed.comparison
    rate = read.records / max(seconds, MIN_SECONDS)
    yield f"{read.records:,} records read, {read.events:,} events in the rebuilt ledger"
    yield from _left_out(replayed)
    day = f"{replayed.day} in {replayed.days.time_zone}"
    yield f"{comparison.customers:,} customers, scored for {day} by {replayed.model_version}"
    yield f"  in use  {comparison.in_use}"
    yield f"  rebuilt {comparison.rebuilt}"
    yield f"{'identical' if replayed.identical else 'different'}, after {seconds:.1f} s, {rate:,.0f} records a second"
    yield from _differences(replayed)
    if replayed.is_swapped:
        yield "The rebuilt tables are in use now; the previous ones are in the schema `replaced` until the next swap."
    if replayed.is_swapped and replayed.days != replayed.days_before:
        zone = replayed.days.time_zone
        yield f"Scores are computed for days in {zone} now: set HEED_TIME_ZONE={zone} before the next start."


def _left_out(replayed: Replayed) -> Iterator[str]:
    read = replayed.read
    if read.waiting:
        yield f"  {read.waiting:,} are not yet processed by the worker, in neither version"
    if read.dead:
        yield f"  {read.dead:,} are dead letters and left out"
    if read.unreadables:
        yield f"  {read.unreadables:,} are not events of Heed and left out, the first of them:"
        yield from (f"    {location}" for location in read.unreadable)


def _differences(replayed: Replayed) -> Iterator[str]:
    comparison, ledger = replayed.comparison, replayed.ledger
    if replayed.read.lost:
        yield f"  {replayed.read.lost:,} processed events are missing from the ledger in use"
    if replayed.missing.total:
        yield f"  {replayed.missing.total:,} events of the ledger in use are missing from the topics"
    if ledger.total:
        yield f"  {ledger.total:,} rows of the ledger differ, the first of them:"
        yield from (f"    event {row.event_id} of customer {row.customer_id or '-'}" for row in ledger.first)
    if comparison.differing:
        yield f"  {comparison.differing:,} customers differ, the first of them:"
        yield from (f"    {customer_id} {', '.join(parts)}" for customer_id, parts in comparison.first)
