"""HTTP API of the reports: each as JSON and, with `.png` or `.svg` after its name, as a plot."""

import asyncio
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, Query, Response

from heed_common import http
from heed_common.day_fields import ReportDay
from heed_common.fields import Money
from heed_common.http import DbSession, RequestLanguage, requires
from heed_common.languages import Language
from heed_common.paging import PageQuery
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.insights.portfolio import (
    clusters,
    cohort_retention,
    leaky_bucket,
    migration,
    rfm,
    value_at_risk,
    value_pyramid,
)
from heed_scoring.insights.portfolio.report_period import report_period
from heed_scoring.insights.portfolio.schemas import (
    AtRiskOut,
    BucketOut,
    ClustersOut,
    MigrationOut,
    PyramidOut,
    Report,
    RetentionOut,
    RFMOut,
)
from heed_scoring.scores.confidentiality.auth import MayReadConfidential
from heed_scoring.time_zone.http import Today

MAX_PERIODS = 60

router = http.router(prefix="/v1/portfolio", tags=["portfolio"])
READS_SCORES: dict[str, Any] = {"dependencies": [requires("scores:read")]}
RETURNS_PLOT: dict[str, Any] = READS_SCORES | {
    "response_class": Response,
    "description": "The same report as a picture, in the language of the caller; of a list the first 25.",
    "responses": {200: {"description": "The report as a picture.", "content": {"image/png": {}, "image/svg+xml": {}}}},
}


From = Annotated[
    ReportDay | None, Query(alias="from", description="First day; 90 days before the last one by default.")
]
Until = Annotated[ReportDay | None, Query(description="Last day; today by default.")]


class PlotRenderer(NamedTuple):
    """Draws a report for this caller."""

    session: DbSession
    kind: Literal["png", "svg"]
    language: Language

    async def draw(self, name: str, report: Report) -> Response:
        # A picture takes longer than its numbers: the connection goes back first, the loop stays free.
        await self.session.close()
        return Response(*await asyncio.to_thread(_draw, name, report, self.kind, self.language))


def _draw(name: str, report: Report, kind: Literal["png", "svg"], language: Language) -> tuple[Any, ...]:
    """Draw the report. The plot library is imported here, so that only requests for plots wait for it."""
    from heed_scoring.insights.portfolio.plots import draw

    media_type = "image/png" if kind == "png" else "image/svg+xml"
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    return draw(name, report, kind=kind, language=language), 200, headers, media_type


async def plot_renderer(session: DbSession, kind: Literal["png", "svg"], language: RequestLanguage) -> PlotRenderer:
    return PlotRenderer(session, kind, language)


Plot = Annotated[PlotRenderer, Depends(plot_renderer, scope="function")]


@router.get("/value-pyramid", response_model=PyramidOut, **READS_SCORES)
async def get_value_pyramid(session: DbSession, language: RequestLanguage) -> PyramidOut:
    """How many customers of which tier hold how much of the value (Curry's pyramid)."""
    return await value_pyramid.get_value_pyramid(session, language=language)


@router.get("/value-pyramid.{kind}", **RETURNS_PLOT)
async def plot_value_pyramid(
    report: Annotated[PyramidOut, Depends(get_value_pyramid, scope="function")], draw: Plot
) -> Response:
    return await draw.draw("value-pyramid", report)


@router.get("/leaky-bucket", response_model=BucketOut, **READS_SCORES)
async def get_leaky_bucket(
    session: DbSession,
    language: RequestLanguage,
    today: Today,
    since: From = None,
    until: Until = None,
    window_days: Annotated[int, Query(ge=1, le=3650)] = HORIZON_DAYS,
    acquisition_cost: Annotated[Money | None, Query(description="What winning one customer costs.")] = None,
) -> BucketOut:
    """Who was active at the start, who was lost, won and kept until the end, and what that is worth.

    Active on a day is who has bought within `window_days` before it, by default the churn horizon.
    422 `period_invalid`.
    """
    period = report_period(since, until, window_days=window_days, today=today)
    return await leaky_bucket.get_leaky_bucket(
        session, period=period, acquisition_cost=acquisition_cost, language=language
    )


@router.get("/leaky-bucket.{kind}", **RETURNS_PLOT)
async def plot_leaky_bucket(
    report: Annotated[BucketOut, Depends(get_leaky_bucket, scope="function")], draw: Plot
) -> Response:
    return await draw.draw("leaky-bucket", report)


@router.get("/retention", response_model=RetentionOut, **READS_SCORES)
async def get_retention(
    session: DbSession,
    language: RequestLanguage,
    today: Today,
    cohort: Literal["month", "quarter"] = "month",
    periods: Annotated[int, Query(ge=2, le=MAX_PERIODS, description="How many whole periods back.")] = 12,
) -> RetentionOut:
    """Of those who bought first in each period, how many bought again in each whole period since."""
    return await cohort_retention.get_cohort_retention(
        session, cohort=cohort, count=periods, language=language, today=today
    )


@router.get("/retention.{kind}", **RETURNS_PLOT)
async def plot_retention(
    report: Annotated[RetentionOut, Depends(get_retention, scope="function")], draw: Plot
) -> Response:
    return await draw.draw("retention", report)


@router.get("/migration", response_model=MigrationOut, **READS_SCORES)
async def get_migration(
    session: DbSession, language: RequestLanguage, today: Today, since: From = None, until: Until = None
) -> MigrationOut:
    """Who moved between tiers and between classes of loyalty from one day to another. 422 `period_invalid`."""
    return await migration.get_migration(session, period=report_period(since, until, today=today), language=language)


@router.get("/migration.{kind}", **RETURNS_PLOT)
async def plot_migration(
    report: Annotated[MigrationOut, Depends(get_migration, scope="function")], draw: Plot
) -> Response:
    return await draw.draw("migration", report)


@router.get("/value-at-risk", response_model=AtRiskOut, **READS_SCORES)
async def list_value_at_risk(
    session: DbSession, language: RequestLanguage, page: PageQuery, confidential: MayReadConfidential
) -> AtRiskOut:
    """Where most value is at risk, the largest first, with the reason for which they might leave."""
    return await value_at_risk.list_value_at_risk(session, page=page, confidential=confidential, language=language)


@router.get("/value-at-risk.{kind}", **RETURNS_PLOT)
async def plot_value_at_risk(
    report: Annotated[AtRiskOut, Depends(list_value_at_risk, scope="function")], draw: Plot
) -> Response:
    return await draw.draw("value-at-risk", report)


@router.get("/clusters", response_model=ClustersOut, **READS_SCORES)
async def list_clusters(session: DbSession, language: RequestLanguage) -> ClustersOut:
    """Groups of alike buyers as the model in force froze them, the least profitable first, and what marks them."""
    return await clusters.get_clusters(session, language=language)


@router.get("/clusters.{kind}", **RETURNS_PLOT)
async def plot_clusters(
    report: Annotated[ClustersOut, Depends(list_clusters, scope="function")], draw: Plot
) -> Response:
    return await draw.draw("clusters", report)


@router.get("/rfm", response_model=RFMOut, **READS_SCORES)
async def get_rfm(session: DbSession, language: RequestLanguage) -> RFMOut:
    """Recency, frequency and money in fifths, by the cut-offs that the model in force froze at its fit."""
    return await rfm.get_rfm(session, language=language)


@router.get("/rfm.{kind}", **RETURNS_PLOT)
async def plot_rfm(report: Annotated[RFMOut, Depends(get_rfm, scope="function")], draw: Plot) -> Response:
    return await draw.draw("rfm", report)
