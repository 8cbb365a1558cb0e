"""The reports on where customers stood at the fit of the model in force: clusters and RFM."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_common.languages import Language
from heed_plots.numbers import percent
from heed_scoring.insights.portfolio import texts
from heed_scoring.insights.portfolio.schemas import ClusterOut, ClustersOut, CutOffsOut, RFMCell, RFMOut
from heed_scoring.models.versions import repository as models_repository

GOOD = 4
"""The scores of 4 and 5 are those of the upper two fifths."""


class _Kept(NamedTuple):
    """What the model in force keeps; nothing where it was not fitted, or in another currency."""

    model_version: str
    currency: str
    kept: Mapping[str, Any]

    def head(self) -> dict[str, Any]:
        until = self.kept.get("observed_until")
        return {
            "model_version": self.model_version,
            "observed_until": date.fromisoformat(until) if until else None,
            "currency": self.currency,
            "customers": self.kept.get("customers", 0),
        }

    def money(self, amount: float) -> Decimal:
        return round_to_minor_unit(Decimal(repr(amount)), self.currency)


async def clusters(session: AsyncSession, *, language: Language) -> ClustersOut:
    """Which kinds of buyers there are, the most profitable last."""
    kept = await _kept(session)
    groups = kept.kept.get("clusters", {}).get("groups", [])
    margin = sum(max(group["margin"], 0.0) for group in groups)
    found = [_cluster(kept, group, margin, language) for group in groups]
    best = max(found, key=lambda group: group.margin_share or 0.0, default=None)
    finding = texts.say(language, "not_fitted")
    if best is not None:
        share, earned = percent(best.share), percent(best.margin_share or 0.0)
        finding = texts.say(language, "clusters.found", share=share, margin_share=earned, label=best.label)
    return ClustersOut(finding=finding, **kept.head(), clusters=found)


def _cluster(kept: _Kept, group: Mapping[str, Any], margin: float, language: Language) -> ClusterOut:
    return ClusterOut(
        place=group["place"],
        label=texts.cluster(language, group["place"], group["distinguishes"]),
        customers=group["customers"],
        share=round(group["customers"] / kept.kept["customers"], 6),
        recency_days=round(group["recency_days"], 1),
        purchase_days=round(group["purchase_days"], 2),
        margin=kept.money(group["margin"]),
        margin_share=round(group["margin"] / margin, 6) if margin > 0 else None,
        distinguishes=group["distinguishes"],
    )


async def rfm(session: AsyncSession, *, language: Language) -> RFMOut:
    """How recently, how often and for how much the customers bought, each in fifths."""
    kept = await _kept(session)
    table = kept.kept.get("rfm", {"cells": [], "cut_offs": None})
    cells = [
        RFMCell(recency=r, frequency=f, money=m, customers=count, margin=kept.money(margin))
        for r, f, m, count, margin in table["cells"]
    ]
    return RFMOut(
        finding=_rfm_found(cells, language), **kept.head(), cut_offs=_cut_offs(table["cut_offs"]), cells=cells
    )


def _rfm_found(cells: list[RFMCell], language: Language) -> str:
    if not cells:
        return texts.say(language, "not_fitted")
    good = [cell for cell in cells if cell.recency >= GOOD and cell.frequency >= GOOD]
    margin = sum(max(cell.margin, Decimal(0)) for cell in cells)
    earned = sum(max(cell.margin, Decimal(0)) for cell in good)
    share = percent(sum(cell.customers for cell in good), sum(cell.customers for cell in cells))
    return texts.say(language, "rfm.found", share=share, margin_share=percent(earned, margin))


def _cut_offs(kept: Mapping[str, Any] | None) -> CutOffsOut | None:
    if kept is None:
        return None
    recency, days, margin = ([round(edge, 4) for edge in kept[name]] for name in ("recency", "frequency", "money"))
    return CutOffsOut(recency_days=recency, purchase_days=days, margin=margin)


async def _kept(session: AsyncSession) -> _Kept:
    version = await models_repository.in_force_at(session, None)
    assert version is not None  # noqa: S101 - the first migration promotes the built-in one
    model = await models_repository.get_model(session, version)
    currency = model.read().money.currency
    kept = model.portfolio or {}
    return _Kept(version, currency, kept if kept.get("currency") == currency else {})
