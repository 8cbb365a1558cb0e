"""Groups in which anonymous responses are released. Pure.

A response that became visible alone would be that of the customer who has just answered. So responses become visible in
groups of at least `group`, chosen at random, and as many stay behind: what is left when the survey is closed is such a
group again.
"""

from collections.abc import Sequence
from random import SystemRandom
from typing import TypeVar

MIN_RELEASED = 5
"""Smallest group, whatever smaller groups the survey may show results for."""

Entry = TypeVar("Entry")


def group_size(min_group: int) -> int:
    return max(MIN_RELEASED, min_group)


def release_count(pooled: int, *, released: int, group: int, is_closed: bool) -> int:
    """Return how many responses to release.

    The first group is released as soon as it is complete, and everything when the survey is closed. In between a group
    stays behind. A rest smaller than a group, of a survey with few responses, is never released.
    """
    if pooled < group:
        return 0
    if is_closed or (released == 0 and pooled < 2 * group):
        return pooled
    return pooled - group if pooled >= 2 * group else 0


def shuffled(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries in an unpredictable order."""
    return SystemRandom().sample(entries, len(entries))
