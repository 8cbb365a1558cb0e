"""HTTP API of the reports: each as JSON and, with `.csv`, `.png` or `.svg` after its name, as a file."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Response

from heed_common import http
from heed_common.contracts.complaint import Milestone
from heed_common.fields import Money
from heed_common.http import DbSession, RequestLanguage, requires
from heed_common.languages import Language
from heed_complaint.reporting.reports import export
from heed_complaint.reporting.reports.dependencies import ReportQuery
from heed_complaint.reporting.reports.durations.schemas import DurationsOut
from heed_complaint.reporting.reports.durations.service import durations_report
from heed_complaint.reporting.reports.export import MEDIA_TYPES, FileFormat
from heed_complaint.reporting.reports.fairness.schemas import FairnessOut
from heed_complaint.reporting.reports.fairness.service import fairness_report
from heed_complaint.reporting.reports.pareto.schemas import Measure, ParetoBy, ParetoOut
from heed_complaint.reporting.reports.pareto.service import pareto_report
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.remedy_costs.schemas import RemediesBy, RemedyCostsOut
from heed_complaint.reporting.reports.remedy_costs.service import remedy_costs_report
from heed_complaint.reporting.reports.repurchase_ladder.schemas import RepurchaseLadderOut
from heed_complaint.reporting.reports.repurchase_ladder.service import repurchase_ladder_report
from heed_complaint.reporting.reports.resolution_rates.schemas import ResolutionRatesOut
from heed_complaint.reporting.reports.resolution_rates.service import resolution_rates_report
from heed_complaint.reporting.reports.schemas import Report
from heed_complaint.reporting.reports.sla_attainment.schemas import SLAAttainmentOut
from heed_complaint.reporting.reports.sla_attainment.service import sla_attainment_report
from heed_complaint.reporting.reports.trends.schemas import Interval, TrendsBy, TrendsOut
from heed_complaint.reporting.reports.trends.service import trends_report
from heed_complaint.reporting.reports.value_saved.schemas import ValueSavedOut
from heed_complaint.reporting.reports.value_saved.service import value_saved_report

router = http.router(prefix="/v1/complaints/reports", tags=["reports"])
READ: dict[str, Any] = {"dependencies": [requires("complaints:read")]}
FILE: dict[str, Any] = READ | {
    "response_class": Response,
    "description": "The same report as a table or a plot, in the language of the caller.",
    "responses": {
        200: {
            "description": "The report as a file.",
            "headers": {"Content-Disposition": {"$ref": "#/components/headers/Content-Disposition"}},
            "content": {kind: {} for kind in MEDIA_TYPES.values()},
        }
    },
}
Grouped = Annotated[
    Grouping | None, Query(alias="by", description="One line for each group; by default one for all complaints.")
]


class ReportExporter(NamedTuple):
    """Exports reports as files in the format and language of the request."""

    session: DbSession
    file_format: FileFormat
    language: Language

    async def export(self, name: str, report: Report) -> Response:
        """Return the report as a file."""
        # A plot takes longer than its numbers: release the connection first and keep the event loop free.
        await self.session.close()
        content = await asyncio.to_thread(
            export.export_report, name, report, file_format=self.file_format, language=self.language
        )
        headers = {"Content-Language": self.language, "Vary": "Accept-Language"}
        if self.file_format == "csv":
            headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return Response(content, 200, headers, MEDIA_TYPES[self.file_format])


async def get_exporter(session: DbSession, kind: FileFormat, language: RequestLanguage) -> ReportExporter:
    return ReportExporter(session, kind, language)


Exporter = Annotated[ReportExporter, Depends(get_exporter, scope="function")]


def report_endpoint(router: APIRouter, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a report under its name, and its files under the name with the file format as extension."""

    def decorate(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def get_file(
            report: Annotated[Report, Depends(endpoint, scope="function")], exporter: Exporter
        ) -> Response:
            return await exporter.export(name, report)

        router.get(f"/{name}", **READ)(endpoint)
        router.get(f"/{name}.{{kind}}", name=f"{endpoint.__name__}_file", **FILE)(get_file)
        return endpoint

    return decorate


@report_endpoint(router, "pareto")
async def get_pareto_report(
    session: DbSession, scope: ReportQuery, by: ParetoBy = "category", measure: Measure = "count"
) -> ParetoOut:
    """Return the few categories, causes or responsibilities that account for most complaints or remedy costs."""
    return await pareto_report(session, scope=scope, by=by, measure=measure)


@report_endpoint(router, "value-saved")
async def get_value_saved_report(
    session: DbSession,
    scope: ReportQuery,
    by: Grouped = None,
    handling_cost: Annotated[Money | None, Query(description="What handling one complaint costs.")] = None,
) -> ValueSavedOut:
    """Return the value that scoring expects to be saved, beside the costs of remedies and handling. An association."""
    return await value_saved_report(session, scope=scope, by=by, handling_cost=handling_cost)


@report_endpoint(router, "sla-attainment")
async def get_sla_attainment_report(
    session: DbSession, scope: ReportQuery, by: Grouped = None, milestone: Milestone | None = None
) -> SLAAttainmentOut:
    """Return the share of decided clocks that were met."""
    return await sla_attainment_report(session, scope=scope, by=by, milestone=milestone)


@report_endpoint(router, "resolution-rates")
async def get_resolution_rates_report(
    session: DbSession,
    scope: ReportQuery,
    by: Grouped = None,
    first_contact_minutes: Annotated[int, Query(ge=0, le=1440)] = 60,
) -> ResolutionRatesOut:
    """Return first-contact resolution, reopenings, first-time fixes, the customers' verdicts, and promises kept."""
    return await resolution_rates_report(session, scope=scope, by=by, first_contact_minutes=first_contact_minutes)


@report_endpoint(router, "times")
async def get_durations_report(session: DbSession, scope: ReportQuery, by: Grouped = None) -> DurationsOut:
    """Return times to contact and to resolve: median and 90th percentile, in calendar and in working time."""
    return await durations_report(session, scope=scope, by=by)


@report_endpoint(router, "remedies")
async def get_remedy_costs_report(session: DbSession, scope: ReportQuery, by: RemediesBy = "kind") -> RemedyCostsOut:
    """Return the granted remedies and their costs."""
    return await remedy_costs_report(session, scope=scope, by=by)


@report_endpoint(router, "fairness")
async def get_fairness_report(session: DbSession, scope: ReportQuery) -> FairnessOut:
    """Compare times and remedies of similar complaints by the customer's tier, kind and region."""
    return await fairness_report(session, scope=scope)


@report_endpoint(router, "repurchase-ladder")
async def get_repurchase_ladder_report(
    session: DbSession, scope: ReportQuery, horizon_days: Annotated[int, Query(ge=1, le=730)] = 90
) -> RepurchaseLadderOut:
    """Return repurchase within the horizon: silent, unresolved, resolved, resolved quickly; beside TARP's survey."""
    return await repurchase_ladder_report(session, scope=scope, horizon_days=horizon_days)


@report_endpoint(router, "trends")
async def get_trends_report(
    session: DbSession, scope: ReportQuery, every: Interval = "week", by: TrendsBy = "category"
) -> TrendsOut:
    """Return the complaints of each period, and the numbers beyond the limits of chance."""
    return await trends_report(session, scope=scope, every=every, by=by)
