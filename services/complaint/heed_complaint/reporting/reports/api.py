"""Door 1 of the reports. Each is there as JSON and, with `.csv`, `.png` or `.svg` after its name, as a file."""

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
from heed_complaint.reporting.reports.dependencies import Asked
from heed_complaint.reporting.reports.durations.schemas import TimesOut
from heed_complaint.reporting.reports.durations.service import times
from heed_complaint.reporting.reports.export import MEDIA, Kind
from heed_complaint.reporting.reports.fairness.schemas import FairnessOut
from heed_complaint.reporting.reports.fairness.service import fairness
from heed_complaint.reporting.reports.pareto.schemas import Measure, ParetoBy, ParetoOut
from heed_complaint.reporting.reports.pareto.service import pareto
from heed_complaint.reporting.reports.query import By
from heed_complaint.reporting.reports.remedy_costs.schemas import RemediesBy, RemediesOut
from heed_complaint.reporting.reports.remedy_costs.service import remedies
from heed_complaint.reporting.reports.repurchase_ladder.schemas import LadderOut
from heed_complaint.reporting.reports.repurchase_ladder.service import repurchase_ladder
from heed_complaint.reporting.reports.resolution_rates.schemas import RatesOut
from heed_complaint.reporting.reports.resolution_rates.service import rates
from heed_complaint.reporting.reports.schemas import Report
from heed_complaint.reporting.reports.sla_attainment.schemas import AttainmentOut
from heed_complaint.reporting.reports.sla_attainment.service import attainment
from heed_complaint.reporting.reports.trends.schemas import Every, TrendsBy, TrendsOut
from heed_complaint.reporting.reports.trends.service import trends
from heed_complaint.reporting.reports.value_saved.schemas import SavedOut
from heed_complaint.reporting.reports.value_saved.service import value_saved

router = http.router(prefix="/v1/complaints/reports", tags=["reports"])
READ: dict[str, Any] = {"dependencies": [requires("complaints:read")]}
FILE: dict[str, Any] = READ | {
    "response_class": Response,
    "description": "The same report as a table or a picture, in the language of the caller.",
    "responses": {200: {"description": "The report as a file.", "content": {kind: {} for kind in MEDIA.values()}}},
}
Grouped = Annotated[By | None, Query(alias="by", description="One line for each; all together, if not said.")]


class Writer(NamedTuple):
    """Makes a file of a report for this caller."""

    session: DbSession
    kind: Kind
    language: Language

    async def write(self, name: str, report: Report) -> Response:
        # A picture takes longer than its numbers: the connection goes back first, the loop stays free.
        await self.session.close()
        content = await asyncio.to_thread(export.write, name, report, kind=self.kind, language=self.language)
        headers = {"Content-Language": self.language, "Vary": "Accept-Language"}
        if self.kind == "csv":
            headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return Response(content, 200, headers, MEDIA[self.kind])


async def writer(session: DbSession, kind: Kind, language: RequestLanguage) -> Writer:
    return Writer(session, kind, language)


Write = Annotated[Writer, Depends(writer, scope="function")]


def offer(router: APIRouter, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The report under its name, and its files under the name with their ending."""

    def decorate(read: Callable[..., Any]) -> Callable[..., Any]:
        async def write(report: Annotated[Report, Depends(read, scope="function")], write: Write) -> Response:
            return await write.write(name, report)

        router.get(f"/{name}", **READ)(read)
        router.get(f"/{name}.{{kind}}", name=f"write_{read.__name__}", **FILE)(write)
        return read

    return decorate


@offer(router, "pareto")
async def read_pareto(
    session: DbSession, scope: Asked, by: ParetoBy = "category", measure: Measure = "count"
) -> ParetoOut:
    """Which few categories, causes or responsibilities make up most complaints, or most of what remedies cost."""
    return await pareto(session, scope=scope, by=by, measure=measure)


@offer(router, "value-saved")
async def read_value_saved(
    session: DbSession,
    scope: Asked,
    by: Grouped = None,
    handling_cost: Annotated[Money | None, Query(description="What handling one complaint costs.")] = None,
) -> SavedOut:
    """What scoring expects to have been saved, beside what remedies and handling cost. An association."""
    return await value_saved(session, scope=scope, by=by, handling_cost=handling_cost)


@offer(router, "sla-attainment")
async def read_attainment(
    session: DbSession, scope: Asked, by: Grouped = None, milestone: Milestone | None = None
) -> AttainmentOut:
    """How often the clocks were met, of those that are decided."""
    return await attainment(session, scope=scope, by=by, milestone=milestone)


@offer(router, "resolution-rates")
async def read_rates(
    session: DbSession,
    scope: Asked,
    by: Grouped = None,
    first_contact_minutes: Annotated[int, Query(ge=0, le=1440)] = 60,
) -> RatesOut:
    """First-contact resolution, reopenings, first-time fixes, the customers' word, and promises kept."""
    return await rates(session, scope=scope, by=by, first_contact_minutes=first_contact_minutes)


@offer(router, "times")
async def read_times(session: DbSession, scope: Asked, by: Grouped = None) -> TimesOut:
    """Time to contact and to resolve: median and 90th percentile, on the wall clock and in working time."""
    return await times(session, scope=scope, by=by)


@offer(router, "remedies")
async def read_remedies(session: DbSession, scope: Asked, by: RemediesBy = "kind") -> RemediesOut:
    """What was given to customers, and what it cost."""
    return await remedies(session, scope=scope, by=by)


@offer(router, "fairness")
async def read_fairness(session: DbSession, scope: Asked) -> FairnessOut:
    """Whether like complaints take as long and are given as much, whatever the customer's tier, kind and region."""
    return await fairness(session, scope=scope)


@offer(router, "repurchase-ladder")
async def read_ladder(
    session: DbSession, scope: Asked, horizon_days: Annotated[int, Query(ge=1, le=730)] = 90
) -> LadderOut:
    """Who bought again within the horizon: silent, unresolved, resolved, resolved quickly; beside TARP's survey."""
    return await repurchase_ladder(session, scope=scope, horizon_days=horizon_days)


@offer(router, "trends")
async def read_trends(session: DbSession, scope: Asked, every: Every = "week", by: TrendsBy = "category") -> TrendsOut:
    """How many complaints came in each period, and which numbers are beyond what chance does."""
    return await trends(session, scope=scope, every=every, by=by)
