"""Migration: customers that moved between tiers and loyalty classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_plots.numbers import proportion
from heed_scoring.insights.portfolio import repository, texts
from heed_scoring.insights.portfolio.current_model import TIERS
from heed_scoring.insights.portfolio.report_period import Period
from heed_scoring.insights.portfolio.schemas import (
    MatrixOut,
    MigrationOut,
)

NULLS = {None: "new", "null": "unknown"}
"""Values of the query for customers without a score, or without a class."""
CLASSES = ("true", "latent", "spurious", "none", "unknown")


async def get_migration(session: AsyncSession, *, period: Period, language: Language) -> MigrationOut:
    """Return the moves between tiers and between loyalty classes."""
    rows = await repository.moves(session, since=period.since, until=period.until)
    tiers = _matrix(rows, "tier", TIERS, language)
    loyalty = _matrix(rows, "loyalty", CLASSES, language, ranked=CLASSES[:-1])
    moved = tiers.up + tiers.down + tiers.stayed
    finding = texts.translate(
        language, "migration.found", up=tiers.up, down=tiers.down, stayed=proportion(language, tiers.stayed, moved)
    )
    return MigrationOut(
        finding=finding if moved else texts.translate(language, "migration.nothing"),
        **{"from": period.since},
        until=period.until,
        tiers=tiers,
        loyalty=loyalty,
    )


def _matrix(
    rows: Sequence[Row[Any]],
    name: str,
    classes: Sequence[str],
    language: Language,
    *,
    ranked: Sequence[str] | None = None,
) -> MatrixOut:
    """Return the matrix, best class first. Moves to or from an unranked class are neither up nor down."""
    counted, kind = _counted(rows, name, classes), "tier" if name == "tier" else "class"
    order = [*classes, "new"]
    table, ranks = np.array(counted)[: len(classes)], len(ranked or classes)
    moves = table[:ranks, :ranks]
    return MatrixOut(
        rows=order,
        columns=list(classes),
        labels={code: texts.label(language, kind, code) for code in order},
        customers=counted,
        up=int(np.tril(moves, -1).sum()),
        stayed=int(np.trace(table)),
        down=int(np.triu(moves, 1).sum()),
        new=sum(counted[-1]),
    )


def _counted(rows: Sequence[Row[Any]], name: str, classes: Sequence[str]) -> list[list[int]]:
    positions = {code: position for position, code in enumerate([*classes, "new"])}
    counted = [[0] * len(classes) for _ in positions]
    for row in rows:
        before, after = (getattr(row, f"{name}_{when}") for when in ("before", "after"))
        counted[positions[NULLS.get(before, before)]][positions[NULLS.get(after, after)]] += row.customers
    return counted
