"""RFM: recency, frequency and money in fifths, as frozen at the fit of the model in force."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_plots.numbers import percent
from heed_scoring.insights.portfolio import texts
from heed_scoring.insights.portfolio.fitted import load_fitted_portfolio
from heed_scoring.insights.portfolio.schemas import RFMCell, RFMCutOffsOut, RFMOut

GOOD = 4
"""The scores of 4 and 5 are those of the upper two fifths."""


async def get_rfm(session: AsyncSession, *, language: Language) -> RFMOut:
    """Return the customers by recency, frequency and money, each in fifths."""
    fitted = await load_fitted_portfolio(session)
    table = fitted.content.get("rfm", {"cells": [], "cut_offs": None})
    cells = [
        RFMCell(recency=r, frequency=f, money=m, customers=count, margin=fitted.money(margin))
        for r, f, m, count, margin in table["cells"]
    ]
    return RFMOut(
        finding=_rfm_found(cells, language), **fitted.head(), cut_offs=_cut_offs(table["cut_offs"]), cells=cells
    )


def _rfm_found(cells: list[RFMCell], language: Language) -> str:
    if not cells:
        return texts.translate(language, "not_fitted")
    good = [cell for cell in cells if cell.recency >= GOOD and cell.frequency >= GOOD]
    margin = sum(max(cell.margin, Decimal(0)) for cell in cells)
    earned = sum(max(cell.margin, Decimal(0)) for cell in good)
    share = percent(sum(cell.customers for cell in good), sum(cell.customers for cell in cells))
    return texts.translate(language, "rfm.found", share=share, margin_share=percent(earned, margin))


def _cut_offs(stored: Mapping[str, Any] | None) -> RFMCutOffsOut | None:
    if stored is None:
        return None
    recency, days, margin = ([round(edge, 4) for edge in stored[name]] for name in ("recency", "frequency", "money"))
    return RFMCutOffsOut(recency_days=recency, purchase_days=days, margin=margin)
