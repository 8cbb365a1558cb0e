"""HTTP API of analyses: each as JSON and, with `.csv`, `.png` or `.svg` after its name, as a file."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi import Request as HTTPRequest

from heed_common import http
from heed_common.database import Database
from heed_common.http import Caller, DbSession, Now, RequestLanguage, requires
from heed_common.http.client_connection import while_connected
from heed_common.http.dependencies import get_resources
from heed_common.http.negotiation import JSON
from heed_common.languages import Language
from heed_common.paging import Page, PageQuery, paginate
from heed_measures.surveys.importance_performance import GREY_ZONE, Axes
from heed_survey.analysis import export
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.dependencies import CapacityDep
from heed_survey.analysis.export import MEDIA_TYPES, FileFormat
from heed_survey.analysis.query import DesignUse, FlagUse
from heed_survey.analysis.results.crosstab import CrosstabOut, cross_table
from heed_survey.analysis.results.disagreements import DisagreementOut, Kind, disagreements
from heed_survey.analysis.results.documents import ResultOut
from heed_survey.analysis.results.facts import FactsOut, facts
from heed_survey.analysis.results.frequencies import FrequenciesOut, frequencies
from heed_survey.analysis.results.importance_performance import Importance, ImportancePerformanceOut, matrix
from heed_survey.analysis.results.means import MeansOut, means
from heed_survey.analysis.results.net_promoter import (
    EffortOut,
    NetPromoterOut,
    TopBoxOut,
    effort,
    net_promoter,
    satisfied_share,
)
from heed_survey.analysis.results.reliability import ReliabilityOut, reliability
from heed_survey.analysis.results.response_rates import ResponseRatesOut
from heed_survey.analysis.results.satisfaction_index import IndexOut, index
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.trend import Figure, TrendOut, trend
from heed_survey.analysis.service import Request, analyse, load_disagreements, load_names, load_response_rates
from heed_survey.call_backs.facts.rules import PREFIX, Fact
from heed_survey.call_backs.rules import CONFIDENTIAL_SCOPE

Result = TypeVar("Result", bound=ResultOut)
Part = TypeVar("Part")

router = http.router(prefix="/v1/surveys/{survey_id}/analysis", tags=["analysis"])
READ: dict[str, Any] = {"dependencies": [requires("surveys:read")]}
OF_ALL = "Of all analyses: 403 `would_disclose`, 404 `survey_not_found`, 409 `no_responses`."
FILE: dict[str, Any] = READ | {
    "response_class": Response,
    "description": f"The same result as a table or a plot, in the language of the caller.\n\n{OF_ALL}",
    "responses": {
        200: {"description": "The result as a file.", "content": {kind: {} for kind in MEDIA_TYPES.values()}}
    },
}

Where = Annotated[str | None, Query(description="A condition on the responses, as JSON.", max_length=8000)]
By = Annotated[str | None, Query(description="An item or a field: a result for each of its values.", max_length=200)]
ItemCode = Annotated[str, Query(description="Code of an item.", max_length=200)]
OneFact = Annotated[Fact | None, Query(description="By default each of which something is known.")]
OptionalItem = Annotated[
    str | None, Query(description="Code of an item; by default the only suitable one.", max_length=200)
]


class Analyst(NamedTuple):
    """Runs analyses for the caller of the request, with the parameters that all have."""

    http_request: HTTPRequest
    capacity: Capacity
    request: Request
    language: Language

    @property
    def database(self) -> Database:
        return get_resources(self.http_request).database

    async def analyse(self, compute: Callable[[Subject], Result], *fields: str | None) -> Result:
        """Return the result, with what it is about. `fields` are those that it reads beside items."""
        result, responses = await self.select(compute, *fields)
        return result.model_copy(
            update={
                "survey_id": self.request.survey_id,
                "as_of_responses": responses,
                "flags": self.request.flags,
            }
        )

    async def select(self, compute: Callable[[Subject], Part], *fields: str | None) -> tuple[Part, int]:
        """Return what is computed from the responses, as it is, and the number of responses that it is about."""
        work = analyse(self.database, self.capacity, request=self.request, compute=compute, fields=fields)
        return await while_connected(self.http_request, work)


async def get_analyst(
    http_request: HTTPRequest,
    survey_id: UUID,
    capacity: CapacityDep,
    caller: Caller,
    now: Now,
    language: RequestLanguage,
    where: Where = None,
    by: By = None,
    wave: Annotated[str | None, Query(max_length=200)] = None,
    design: Annotated[
        DesignUse,
        Query(description="The sampling design in full, without population sizes (`weights`), or not at all."),
    ] = "full",
    flags: Annotated[FlagUse, Query(description="Whether responses of doubtful quality count.")] = "include",
) -> Analyst:
    request = Request(
        survey_id=survey_id,
        caller=caller.id,
        reads_responses=caller.may("responses:read"),
        reads_confidential=caller.may(CONFIDENTIAL_SCOPE),
        now=now,
        where=where,
        by=by,
        wave=wave,
        design=design,
        flags=flags,
    )
    return Analyst(http_request, capacity, request, language)


AnalystDep = Annotated[Analyst, Depends(get_analyst)]


def analysis_endpoint(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an analysis under its name, and its files under the name with the file format as extension."""

    def decorate(endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def get_file(
            survey_id: UUID, result: Annotated[ResultOut, Depends(endpoint)], analyst: AnalystDep, kind: FileFormat
        ) -> Response:
            names = await load_names(analyst.database, survey_id=survey_id, language=analyst.language)
            async with analyst.capacity.slot():
                draw = partial(export.export, name, result, file_format=kind, names=names)
                content = await analyst.capacity.compute(draw)
            headers = {"Content-Language": analyst.language, "Vary": "Accept-Language"}
            if kind == "csv":
                headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
            return Response(content, 200, headers, MEDIA_TYPES[kind])

        async def get_json(result: Annotated[ResultOut, Depends(endpoint)], analyst: AnalystDep) -> Response:
            content = await analyst.capacity.compute(result.model_dump_json)
            return Response(content, 200, {"Vary": "Accept-Language", "Content-Language": analyst.language}, JSON)

        model = get_type_hints(endpoint)["return"]
        description = f"{endpoint.__doc__}\n\n{OF_ALL}"
        described = {"name": endpoint.__name__, "description": description, "response_model": model}
        router.get(f"/{name}", **READ, **described)(get_json)
        router.get(f"/{name}.{{kind}}", name=f"{endpoint.__name__}_file", **FILE)(get_file)
        return endpoint

    return decorate


@analysis_endpoint("frequencies")
async def get_frequencies(analyst: AnalystDep, item: ItemCode) -> FrequenciesOut:
    """Return how often each option of an item was chosen. 409 `no_responses`, 403 `would_disclose`."""
    return await analyst.analyse(lambda subject: frequencies(subject, item=item))


@analysis_endpoint("means")
async def get_means(analyst: AnalystDep, item: ItemCode) -> MeansOut:
    """Return the mean of an item, of all or by groups. 409 `no_responses`, 403 `would_disclose`."""
    return await analyst.analyse(lambda subject: means(subject, item=item))


@analysis_endpoint("index")
async def get_index(analyst: AnalystDep) -> IndexOut:
    """Return the satisfaction index over the indicator tree, with every node. 422 `too_few_items`."""
    return await analyst.analyse(index)


@analysis_endpoint("nps")
async def get_nps(analyst: AnalystDep, item: OptionalItem = None) -> NetPromoterOut:
    """Return the net promoter score of an item from 0 to 10. 422 `item_missing`, `wrong_item_type`."""
    return await analyst.analyse(lambda subject: net_promoter(subject, item=item))


@analysis_endpoint("csat")
async def get_csat(analyst: AnalystDep, item: OptionalItem = None) -> TopBoxOut:
    """Return the share of the two highest values of an item. 422 `item_missing`, `wrong_item_type`."""
    return await analyst.analyse(lambda subject: satisfied_share(subject, item=item))


@analysis_endpoint("ces")
async def get_ces(analyst: AnalystDep, item: OptionalItem = None) -> EffortOut:
    """Return the mean effort score of an item. 422 `item_missing`, `wrong_item_type`."""
    return await analyst.analyse(lambda subject: effort(subject, item=item))


@analysis_endpoint("importance-performance")
async def get_importance_performance(
    analyst: AnalystDep,
    importance: Annotated[Importance | None, Query(description="By default stated where items have it.")] = None,
    overall: Annotated[str | None, Query(description="Item of overall satisfaction, for derived importance.")] = None,
    axes: Axes = "means",
    grey_zone: Annotated[float, Query(ge=0, le=3)] = GREY_ZONE,
) -> ImportancePerformanceOut:
    """Return importance and performance of the items of the indicator tree. 422 `too_few_items`, `constant_item`."""
    return await analyst.analyse(
        lambda subject: matrix(subject, importance=importance, overall=overall, axes=axes, grey_zone=grey_zone)
    )


@analysis_endpoint("crosstab")
async def get_crosstab(
    analyst: AnalystDep,
    row: Annotated[str, Query(description="An item or a field.", max_length=200)],
    column: Annotated[str, Query(description="An item or a field.", max_length=200)],
) -> CrosstabOut:
    """Return the cross-table of two fields with the Rao–Scott test. 422 `constant_item`, `unknown_field`."""
    return await analyst.analyse(lambda subject: cross_table(subject, row=row, column=column), row, column)


@analysis_endpoint("reliability")
async def get_reliability(
    analyst: AnalystDep,
    item: Annotated[list[str], Query(description="Items of the scale; by default all of the indicator tree.")] = [],  # noqa: B006 FastAPI copies it
) -> ReliabilityOut:
    """Return Cronbach's alpha and item–total correlations. 422 `too_few_items`, `constant_item`."""
    return await analyst.analyse(lambda subject: reliability(subject, items=item))


@analysis_endpoint("trend")
async def get_trend(analyst: AnalystDep, figure: Figure = "mean", item: OptionalItem = None) -> TrendOut:
    """Return a figure of each wave, and the changes between them. 409 `no_responses` without waves."""
    return await analyst.analyse(lambda subject: trend(subject, figure=figure, item=item), "wave")


@analysis_endpoint("facts")
async def get_facts(analyst: AnalystDep, item: OptionalItem = None, fact: OneFact = None) -> FactsOut:
    """Return the answers to an item beside the facts of complaints. 409 `no_facts`, 422 `item_missing`."""
    read = (f"{PREFIX}{each}" for each in Fact)
    return await analyst.analyse(lambda subject: facts(subject, item=item, fact=fact), *read)


@router.get("/facts/disagreements", dependencies=[requires("surveys:read"), requires("responses:read")])
async def list_disagreements(
    session: DbSession, analyst: AnalystDep, page: PageQuery, fact: Fact, kind: Kind, item: OptionalItem = None
) -> Page[DisagreementOut]:
    """List the responses whose words and facts disagree, with their complaints.

    403 `anonymous_survey`, 409 `no_responses`.
    """
    (after,) = page.after(UUID) or (None,)
    found, _ = await analyst.select(
        lambda subject: disagreements(subject, item=item, fact=fact, kind=kind), f"{PREFIX}{fact}"
    )
    rest = [link for link in found.links if after is None or link.response_id > after][: page.fetch_limit]
    links, next_cursor = paginate(rest, page, key=lambda link: (link.response_id,))
    # The session is used last, so that no connection waits for the analysis.
    rows = await load_disagreements(session, item=found.item, links=links)
    return Page(items=rows, next_cursor=next_cursor)


@analysis_endpoint("response-rates")
async def get_response_rates(analyst: AnalystDep) -> ResponseRatesOut:
    """Return the dispositions of invitations and the response rates of AAPOR. 409 `no_invitations`."""
    return await load_response_rates(analyst.database, request=analyst.request)
