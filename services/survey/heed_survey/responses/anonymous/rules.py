"""Groups in which anonymous responses are released. Pure.

A response that became visible alone would be that of the customer who has just answered. So responses become visible in
groups of at least `group`, chosen at random, and as many stay behind: what is left when the survey is closed is such a
group again.

Who knows a customer may know the wave, version and mode of the response, and the service point of its link. So these
form cells, and the groups are of one cell: a single response of a new wave, among four of the last one, would be that
of the first customer who answered in it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import SystemRandom
from typing import Any, TypeVar

from heed_survey.responses.rules import NO_DESIGN

MIN_RELEASED = 5
"""Smallest group, whatever smaller groups the survey may show results for."""
CELL = ("survey_version", "state", "mode", "wave", "design")
"""What a released response shows beside its answers."""

Item = TypeVar("Item")
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is released, in random order, and what stays in the pool."""

    released: Sequence[Entry]
    rest: Sequence[Entry]
    begun: frozenset[str]
    """Cells of which a group has been released."""


def group_size(min_group: int) -> int:
    return max(MIN_RELEASED, min_group)


def release_count(pooled: int, *, is_first: bool, group: int, is_closed: bool) -> int:
    """Return how many responses of a cell to release.

    The first group is released as soon as it is complete, and everything when the survey is closed. In between a group
    stays behind. A rest smaller than a group is never released.
    """
    if pooled < group:
        return 0
    if is_closed or (is_first and pooled < 2 * group):
        return pooled
    return pooled - group if pooled >= 2 * group else 0


def draw(entries: Iterable[Entry], *, begun: frozenset[str], group: int, is_closed: bool) -> Drawn:
    """Draw the groups of all cells.

    When the survey is closed, cells that are too small become one without their place in the sample's design.
    """
    drawn = _draw(entries, begun=begun, group=group, is_closed=is_closed)
    if not is_closed:
        return drawn
    coarse = [{**entry, "design": asdict(NO_DESIGN)} for entry in drawn.rest]
    last = _draw(coarse, begun=drawn.begun, group=group, is_closed=True)
    return Drawn(shuffled([*drawn.released, *last.released]), last.rest, last.begun)


def shuffled(entries: Sequence[Item]) -> list[Item]:
    """Return the entries in an unpredictable order."""
    return SystemRandom().sample(entries, len(entries))


def _draw(entries: Iterable[Entry], *, begun: frozenset[str], group: int, is_closed: bool) -> Drawn:
    cells = defaultdict[str, list[Entry]](list)
    for entry in entries:
        cells[cell_of(entry)].append(entry)
    released: list[Entry] = []
    rest: list[Entry] = []
    for cell, members in cells.items():
        count = release_count(len(members), is_first=cell not in begun, group=group, is_closed=is_closed)
        mixed = shuffled(members)
        released += mixed[:count]
        rest += mixed[count:]
        begun |= {cell} if count else frozenset()
    return Drawn(shuffled(released), rest, begun)


def cell_of(entry: Entry) -> str:
    """Return the cell of the response."""
    return json.dumps([entry[name] for name in CELL], sort_keys=True)
