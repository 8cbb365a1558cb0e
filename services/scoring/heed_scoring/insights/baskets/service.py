"""The market basket over the purchases of the last days: no more is held of a line than two integers."""

import asyncio
import math
from array import array
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.text import normalize_for_comparison
from heed_measures.basket import PairRules, pair_rules
from heed_scoring.insights.baskets import repository
from heed_scoring.insights.baskets.repository import Level, Window
from heed_scoring.insights.baskets.schemas import BasketOut, RuleOut

MOST_BASKETS = 500_000
MOST_NAMES = 2_000
"""All pairs of these fit into some ten megabytes; who asks for a lower support gets the most frequent ones."""
MOST_LINES = 5_000_000
LEAST_TOGETHER = 2
DIGITS = 6


async def basket(
    session: AsyncSession,
    *,
    level: Level,
    days: int,
    least_support: float,
    limit: int,
    today: date,
    most_baskets: int = MOST_BASKETS,
) -> BasketOut:
    """Who bought this also bought that: the rules with the highest lift among those with enough support."""
    window = Window(level, today - timedelta(days=days), today, most_baskets)
    lines = await _read(session, window)
    least = max(LEAST_TOGETHER, math.ceil(least_support * lines.baskets))
    rules, names = await asyncio.to_thread(_count, lines, least)
    return BasketOut(
        level="category" if level == "categories" else "product",
        since=window.since + timedelta(days=1),
        until=today,
        baskets=lines.baskets,
        least_together=least,
        cut=lines.baskets == most_baskets or len(lines.names) >= MOST_LINES or len(names) == MOST_NAMES,
        items=[_rule(rules, place, names) for place in range(min(limit, len(rules.antecedent)))],
    )


class Lines(NamedTuple):
    """Line i says that the name labels[names[i]] lay in basket owners[i]; each name is in a basket once."""

    baskets: int
    owners: "array[int]"
    names: "array[int]"
    labels: list[str]


class Names:
    """Numbers for names: those that read the same have one number, and the first of them is the label."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self._number_by_key: dict[str, int] = {}
        self._number_by_name: dict[str, int] = {}

    def number(self, name: str) -> int:
        """Return the number of the name. Each spelling is normalised once only: there may be millions of lines."""
        known = self._number_by_name.get(name)
        if known is not None:
            return known
        number = self._number_by_key.setdefault(normalize_for_comparison(name), len(self.labels))
        if number == len(self.labels):
            self.labels.append(name)
        self._number_by_name[name] = number
        return number


async def _read(session: AsyncSession, window: Window) -> Lines:
    owners, lines, names, baskets = array("i"), array("i"), Names(), 0
    async for together in repository.names(session, window):
        if len(lines) < MOST_LINES:
            found = dict.fromkeys(map(names.number, together))
            lines.extend(found)
            owners.extend([baskets] * len(found))
            baskets += 1
    return Lines(baskets, owners, lines, names.labels)


def _count(lines: Lines, least: int) -> tuple[PairRules, list[str]]:
    """The rules among the most frequent names, and these names. A pair is no more frequent than either of the two."""
    owners, names, labels = np.asarray(lines.owners), np.asarray(lines.names), lines.labels
    times = np.bincount(names, minlength=len(labels))
    often = sorted(np.flatnonzero(times >= least).tolist(), key=lambda place: (-times[place], labels[place]))
    often = often[:MOST_NAMES]
    rank = np.full(len(labels), -1)
    rank[often] = np.arange(len(often))
    ranked = rank[names]
    kept = ranked >= 0
    rules = pair_rules(owners[kept], ranked[kept], min_baskets=least, baskets=lines.baskets)
    return rules, [labels[place] for place in often]


def _rule(rules: PairRules, place: int, names: list[str]) -> RuleOut:
    return RuleOut(
        given=names[rules.antecedent[place]],
        then=names[rules.consequent[place]],
        together=int(rules.joint_count[place]),
        support=round(float(rules.support[place]), DIGITS),
        confidence=round(float(rules.confidence[place]), DIGITS),
        lift=round(float(rules.lift[place]), DIGITS),
    )
