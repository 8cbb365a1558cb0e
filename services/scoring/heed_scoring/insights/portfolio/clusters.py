"""Clusters of similar buyers, as frozen at the fit of the model in force."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_plots.numbers import percent
from heed_scoring.insights.portfolio import texts
from heed_scoring.insights.portfolio.fitted import FittedPortfolio, load_fitted_portfolio
from heed_scoring.insights.portfolio.schemas import ClusterOut, ClustersOut


async def get_clusters(session: AsyncSession, *, language: Language) -> ClustersOut:
    """Return the clusters, the most profitable last."""
    fitted = await load_fitted_portfolio(session)
    groups = fitted.content.get("clusters", {}).get("groups", [])
    margin = sum(max(group["margin"], 0.0) for group in groups)
    found = [_cluster(fitted, group, margin, language) for group in groups]
    best = max(found, key=lambda group: group.margin_share or 0.0, default=None)
    finding = texts.translate(language, "not_fitted")
    if best is not None:
        share, earned = percent(best.share), percent(best.margin_share)
        finding = texts.translate(language, "clusters.found", share=share, margin_share=earned, label=best.label)
    return ClustersOut(finding=finding, **fitted.head(), clusters=found)


def _cluster(fitted: FittedPortfolio, group: Mapping[str, Any], margin: float, language: Language) -> ClusterOut:
    return ClusterOut(
        place=group["place"],
        label=texts.cluster(language, group["place"], group["distinguishes"]),
        customers=group["customers"],
        share=round(group["customers"] / fitted.content["customers"], 6),
        recency_days=round(group["recency_days"], 1),
        purchase_days=round(group["purchase_days"], 2),
        margin=fitted.money(group["margin"]),
        margin_share=round(group["margin"] / margin, 6) if margin > 0 else None,
        distinguishes=group["distinguishes"],
    )
