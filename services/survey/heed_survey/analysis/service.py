"""Use case of analyses: read the responses, compute, and show what may be shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database
from heed_common.languages import Language
from heed_survey.analysis import query as queries
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.disclosure import service as disclosure
from heed_survey.analysis.disclosure.rules import Guard, OpenGuard
from heed_survey.analysis.errors import NoResponses, SelectionUnsupported, TooFewResponses
from heed_survey.analysis.loading.repository import FactUse, ReadPlan
from heed_survey.analysis.loading.service import DESIGN_TEXTS, load_dataset
from heed_survey.analysis.plots.texts import Names
from heed_survey.analysis.query import RESPONSE_FIELDS, DesignUse, FlagUse, Query
from heed_survey.analysis.results.disagreements import DisagreementOut
from heed_survey.analysis.results.response_rates import ResponseRatesOut, to_response_rates
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.dataset import Dataset, Link
from heed_survey.call_backs.facts.rules import CONDITION_FIELDS as FACT_FIELDS
from heed_survey.customers.frame.rules import CONTEXT_FIELDS, PREFIX
from heed_survey.invitations import service as invitations
from heed_survey.responses import service as responses
from heed_survey.surveys import service as surveys
from heed_survey.surveys.errors import VersionNotFound
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks: the parameters of every analysis, unchecked."""

    survey_id: UUID
    caller: str
    reads_responses: bool
    """Whether the caller may read the single responses, from which no result can hide anything."""
    now: datetime
    reads_confidential: bool = False
    """Whether answers are shown beside facts of confidential complaints, too."""
    where: str | None = None
    by: str | None = None
    wave: str | None = None
    design: DesignUse = "full"
    flags: FlagUse = "include"


@dataclass(frozen=True, slots=True)
class Scope:
    """The versions of the survey, the query, and the smallest group; 0 without disclosure control."""

    questionnaires: Mapping[int, Questionnaire]
    query: Query
    k: int
    members: int
    """Responses that results may be about, with disclosure control."""

    @property
    def questionnaire(self) -> Questionnaire:
        return self.questionnaires[max(self.questionnaires)]


async def analyse(
    database: Database,
    capacity: Capacity,
    *,
    request: Request,
    compute: Callable[[Subject], Result],
    fields: tuple[str | None, ...] = (),
) -> tuple[Result, int]:
    """Return the result of `compute` on the selected responses, and how many there were.

    `fields` are those that it reads beside items. Raises errors of the request, `NoResponses`, `WouldDisclose`,
    `TooManyAnalyses`, `AnalysisTooLarge`.
    """
    async with capacity.slot() as deadline:
        async with database.transaction() as session:
            scope = await load_scope(session, request=request)
        plan = _read_plan(scope, fields, confidential=request.reads_confidential)
        data = await load_dataset(
            database,
            capacity,
            survey_id=request.survey_id,
            questionnaires=scope.questionnaires,
            plan=plan,
            deadline=deadline,
        )
        return await _compute(database, capacity, data, scope, request=request, compute=compute)


async def _compute(
    database: Database,
    capacity: Capacity,
    data: Dataset,
    scope: Scope,
    *,
    request: Request,
    compute: Callable[[Subject], Result],
) -> tuple[Result, int]:
    """Return the result, and the number of responses that it is about; with disclosure control what it may show."""

    def compute_first(guard: Guard, n: int) -> Result:
        return compute(queries.subject_of(data.before(n), scope.query, guard))

    if data.positions is None:
        return await capacity.compute(lambda: compute_first(OpenGuard(), data.n)), data.n
    async with database.transaction() as session:
        return await disclosure.decide(
            session,
            capacity,
            survey_id=request.survey_id,
            k=scope.k,
            members=scope.members,
            positions=data.positions,
            compute=compute_first,
            caller=request.caller,
            now=request.now,
        )


async def load_names(database: Database, *, survey_id: UUID, language: Language) -> Names:
    """Return the names of items and values in the newest published version. Raises `SurveyNotFound`."""
    async with database.transaction() as session:
        survey = await surveys.get_survey(session, survey_id=survey_id)
        questionnaires = await _questionnaires(session, survey.id, survey.survey_version)
    return Names(questionnaires[max(questionnaires)], language)


async def load_disagreements(session: AsyncSession, *, item: str, links: Sequence[Link]) -> list[DisagreementOut]:
    """Return the responses of the links, with their answers to the item."""
    stored = await responses.load_responses(session, [link.response_id for link in links])
    by_id = {response.id: response for response in stored}
    return [
        DisagreementOut(
            response_id=link.response_id,
            complaint_id=link.experience.complaint_id,
            customer_id=by_id[link.response_id].customer_id,
            answered_at=by_id[link.response_id].answered_at,
            answer=by_id[link.response_id].answers[item],
        )
        for link in links
        if link.response_id in by_id
    ]


async def load_response_rates(database: Database, *, request: Request) -> ResponseRatesOut:
    """Return the response rates of the invitations.

    Raises `SurveyNotFound`, `NoInvitations`, and `SelectionUnsupported` for parameters that select responses.
    """
    for name in ("where", "by"):
        if getattr(request, name) is not None:
            raise SelectionUnsupported(pointer=name)
    if request.flags != "include":
        raise SelectionUnsupported(pointer="flags")
    async with database.transaction() as session:
        await surveys.get_survey(session, survey_id=request.survey_id)
        counts = await invitations.disposition_counts(session, survey_id=request.survey_id, wave=request.wave)
    rates = to_response_rates(counts, wave=request.wave)
    return rates.model_copy(update={"survey_id": request.survey_id})


async def load_scope(session: AsyncSession, *, request: Request) -> Scope:
    """Return the scope of a request. Raises `SurveyNotFound`, `FilterInvalid`, `ConditionError`, `UnknownField`.

    Results are controlled for all who may not read single responses; of an anonymous survey, no one may.
    """
    survey = await surveys.get_survey(session, survey_id=request.survey_id)
    questionnaires = await _questionnaires(session, survey.id, survey.survey_version)
    newest = questionnaires[max(questionnaires)]
    queries.check_by(request.by, newest)
    query = Query(
        where=queries.parse_where(request.where, newest),
        by=request.by,
        wave=request.wave,
        design=request.design,
        flags=request.flags,
    )
    k = survey.min_group if survey.anonymous or not request.reads_responses else 0
    members = await disclosure.update_members(session, survey_id=survey.id, k=k) if k else 0
    if k and members < k:
        raise NoResponses if not members else TooFewResponses
    return Scope(questionnaires, query, k, members)


async def _questionnaires(session: AsyncSession, survey_id: UUID, last: int) -> dict[int, Questionnaire]:
    found = {}
    for number in range(1, last + 1):
        try:
            found[number] = await surveys.get_questionnaire(session, survey_id=survey_id, survey_version=number)
        except VersionNotFound:  # A version that was a draft only.
            continue
    return found


def _read_plan(scope: Scope, fields: tuple[str | None, ...], *, confidential: bool) -> ReadPlan:
    """Return what is read: the design unless it is not used, and the fields of filter, groups and analysis."""
    named = scope.query.fields | {name for name in fields if name is not None}
    of_items = {name for item in scope.questionnaire.items for name in item.fields}
    others = {name.removeprefix(PREFIX) for name in named} - of_items
    strata = DESIGN_TEXTS if scope.query.design != "none" else ()
    texts = tuple(name for name in RESPONSE_FIELDS if name in others)
    # With disclosure control, whether weights differ decides whether they may be left out.
    use: DesignUse = "weights" if scope.k and scope.query.design == "none" else scope.query.design
    context = tuple(name for name in CONTEXT_FIELDS if name in others)
    reads_facts = not others.isdisjoint(FACT_FIELDS)
    facts: FactUse = ("all" if confidential else "open") if reads_facts else "none"
    return ReadPlan(strata, texts, context, use, is_controlled=bool(scope.k), facts=facts)
