"""What a replay says at its end."""

from collections.abc import Iterator

from heed_scoring.rebuild.replay import Replayed

MIN_SECONDS = 0.001


def text(replayed: Replayed, *, seconds: float) -> str:
    return "\n".join(_lines(replayed, seconds))


def _lines(replayed: Replayed, seconds: float) -> Iterator[str]:
    read, compared = replayed.read, replayed.compared
    rate = read.records / max(seconds, MIN_SECONDS)
    yield f"{read.records:,} records read, {read.events:,} events made into a ledger"
    yield from _left_out(replayed)
    day = f"{replayed.day} in {replayed.days.time_zone}"
    yield f"{compared.customers:,} customers, scored for {day} by {replayed.model_version}"
    yield f"  in use  {compared.in_use}"
    yield f"  rebuilt {compared.made}"
    yield f"{'identical' if replayed.identical else 'different'}, after {seconds:.1f} s, {rate:,.0f} records a second"
    yield from _differences(replayed)
    if replayed.exchanged:
        yield "The rebuilt tables are in use now; those before lie in the schema `replaced` until the next exchange."
    if replayed.exchanged and replayed.days != replayed.days_before:
        zone = replayed.days.time_zone
        yield f"Scores are computed for days in {zone} now: set HEED_TIME_ZONE={zone} before the next start."


def _left_out(replayed: Replayed) -> Iterator[str]:
    read = replayed.read
    if read.waiting:
        yield f"  {read.waiting:,} are still before the worker, in neither side"
    if read.dead:
        yield f"  {read.dead:,} are dead letters and stay out"
    if read.unreadables:
        yield f"  {read.unreadables:,} are no events of Heed's and stay out, the first of them:"
        yield from (f"    {place}" for place in read.unreadable)


def _differences(replayed: Replayed) -> Iterator[str]:
    compared, ledger = replayed.compared, replayed.ledger
    if replayed.read.lost:
        yield f"  {replayed.read.lost:,} events that were taken in are not in the ledger in use"
    if replayed.only_in_use.total:
        yield f"  {replayed.only_in_use.total:,} events of the ledger in use are not in the topics"
    if ledger.total:
        yield f"  {ledger.total:,} rows of the ledger differ, the first of them:"
        yield from (f"    event {row.event_id} of customer {row.customer_id or 'nobody'}" for row in ledger.first)
    if compared.differing:
        yield f"  {compared.differing:,} customers differ, the first of them:"
        yield from (f"    {customer_id} {', '.join(parts)}" for customer_id, parts in compared.first)
