"""Market basket of the purchases of the last days. In memory a line is two integers only."""

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
from heed_scoring.insights.baskets.schemas import BasketOut, BasketRuleOut

MAX_BASKETS = 500_000
MAX_NAMES = 2_000
"""All pairs of these fit into some ten megabytes; a lower support returns the most frequent ones."""
MAX_LINES = 5_000_000
MIN_TOGETHER = 2
DIGITS = 6


async def get_basket(
    session: AsyncSession,
    *,
    level: Level,
    days: int,
    least_support: float,
    limit: int,
    today: date,
    max_baskets: int = MAX_BASKETS,
) -> BasketOut:
    """Return the association rules with the highest lift among those with enough support."""
    window = Window(level, today - timedelta(days=days), today, max_baskets)
    lines = await _read(session, window)
    least = max(MIN_TOGETHER, math.ceil(least_support * lines.baskets))
    rules, names = await asyncio.to_thread(_count, lines, least)
    return BasketOut(
        level="category" if level == "categories" else "product",
        since=window.since + timedelta(days=1),
        until=today,
        baskets=lines.baskets,
        least_together=least,
        cut=lines.baskets == max_baskets or len(lines.names) >= MAX_LINES or len(names) == MAX_NAMES,
        items=[_rule(rules, index, names) for index in range(min(limit, len(rules.antecedent)))],
    )


class BasketLines(NamedTuple):
    """Line i: the name labels[names[i]] is in basket owners[i]. Each name is in a basket once."""

    baskets: int
    owners: "array[int]"
    names: "array[int]"
    labels: list[str]


class NameNumbers:
    """Numbers of names: names that are equal but for spelling share a number; the first of them is the label."""

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


async def _read(session: AsyncSession, window: Window) -> BasketLines:
    owners, lines, names, baskets = array("i"), array("i"), NameNumbers(), 0
    async for together in repository.basket_names(session, window):
        if len(lines) < MAX_LINES:
            found = dict.fromkeys(map(names.number, together))
            lines.extend(found)
            owners.extend([baskets] * len(found))
            baskets += 1
    return BasketLines(baskets, owners, lines, names.labels)


def _count(lines: BasketLines, least: int) -> tuple[PairRules, list[str]]:
    """Return the rules among the most frequent names, and these names.

    A pair is no more frequent than either of its names.
    """
    owners, names, labels = np.asarray(lines.owners), np.asarray(lines.names), lines.labels
    times = np.bincount(names, minlength=len(labels))
    often = sorted(np.flatnonzero(times >= least).tolist(), key=lambda index: (-times[index], labels[index]))
    often = often[:MAX_NAMES]
    rank = np.full(len(labels), -1)
    rank[often] = np.arange(len(often))
    ranked = rank[names]
    is_frequent = ranked >= 0
    rules = pair_rules(owners[is_frequent], ranked[is_frequent], min_baskets=least, baskets=lines.baskets)
    return rules, [labels[index] for index in often]


def _rule(rules: PairRules, index: int, names: list[str]) -> BasketRuleOut:
    return BasketRuleOut(
        given=names[rules.antecedent[index]],
        then=names[rules.consequent[index]],
        together=int(rules.joint_count[index]),
        support=round(float(rules.support[index]), DIGITS),
        confidence=round(float(rules.confidence[index]), DIGITS),
        lift=round(float(rules.lift[index]), DIGITS),
    )
