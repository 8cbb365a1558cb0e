"""The market basket over the purchases of the last days, in memory that does not grow with them but for two integers a
line."""

import asyncio
import math
from array import array
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from heed_measures.basket import PairRules, pair_rules
from heed_scoring.baskets import repository
from heed_scoring.baskets.repository import Level, Window
from heed_scoring.baskets.schemas import BasketOut, RuleOut

MOST_BASKETS = 500_000
MOST_NAMES = 2_000
"""All pairs of these fit into some ten megabytes; who asks for a lower support gets the most frequent ones."""
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
    total = await repository.count(session, window)
    least = max(LEAST_TOGETHER, math.ceil(least_support * total))
    names = await repository.often(session, window, least=least, most_names=MOST_NAMES)
    baskets, lines, total = await _lines(session, window, names)
    rules = await asyncio.to_thread(pair_rules, baskets, lines, least_together=least, baskets=total)
    return BasketOut(
        level="category" if level == "categories" else "product",
        since=window.since + timedelta(days=1),
        until=today,
        baskets=total,
        least_together=least,
        cut=total == most_baskets or len(names) == MOST_NAMES,
        items=[_rule(rules, place, names) for place in range(min(limit, len(rules.given)))],
    )


async def _lines(session: AsyncSession, window: Window, names: list[str]) -> tuple["array[int]", "array[int]", int]:
    """Basket and name of each line as places, and how many baskets there are."""
    places = {name: place for place, name in enumerate(names)}
    baskets, lines, total = array("i"), array("i"), 0
    async for together in repository.names(session, window):
        known = [places[name] for name in together if name in places]
        lines.extend(known)
        baskets.extend([total] * len(known))
        total += 1
    return baskets, lines, total


def _rule(rules: PairRules, place: int, names: list[str]) -> RuleOut:
    return RuleOut(
        given=names[rules.given[place]],
        then=names[rules.then[place]],
        together=int(rules.together[place]),
        support=round(float(rules.support[place]), DIGITS),
        confidence=round(float(rules.confidence[place]), DIGITS),
        lift=round(float(rules.lift[place]), DIGITS),
    )
