"""SQL of reading responses: a page becomes one row of packed columns, so that a million of them take seconds."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    LargeBinary,
    Row,
    Select,
    SmallInteger,
    SQLColumnExpression,
    String,
    Uuid,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from heed_common.database import Database
from heed_survey.analysis.disclosure.tables import AnalysisMember
from heed_survey.call_backs.facts.rules import Respondent
from heed_survey.responses.tables import Response
from heed_survey.surveys.rules import SurveyState

PAGE_ROWS = 20_000
"""Rows of a page: it is decoded within a few milliseconds, and its transaction is short."""
NUMBERS = ("weight", "population", "second_population")
TEXTS = ("stratum", "cluster", "second_cluster", "wave", "mode")
NO_BYTES = literal(b"", LargeBinary)


FactUse = Literal["none", "open", "all"]


class ReadPlan(NamedTuple):
    """What of the responses is needed: columns of texts, and fields of the context."""

    texts: tuple[str, ...]
    context: tuple[str, ...]
    design: Literal["full", "weights", "none"]
    """How much of the sampling design is used: all, all but the populations, or nothing."""
    is_controlled: bool
    """Whether responses have positions; those without are not read."""
    facts: FactUse = "none"
    """Whether the facts beside the answers are read, and also those of confidential complaints."""


async def read_pages(
    database: Database, survey_id: UUID, survey_version: int, plan: ReadPlan
) -> AsyncIterator[Row[Any]]:
    """Yield the responses of a version, page by page, each in a transaction of its own."""
    after: object = None
    while True:
        async with database.transaction() as session:
            row = (await session.execute(_page_query(survey_id, survey_version, plan, after))).one()
        if not row.n:
            return
        yield row
        after = row.last
        if row.n < PAGE_ROWS:
            return


async def list_respondents(session: AsyncSession, response_ids: Sequence[UUID]) -> list[Respondent]:
    """Return who gave these responses, and when; those that name neither a customer nor a complaint are left out."""
    query = select(Response.id, Response.customer_id, Response.complaint_id, Response.answered_at).where(
        Response.id == func.any(cast(response_ids, ARRAY(Uuid))),
        or_(Response.customer_id.is_not(None), Response.complaint_id.is_not(None)),
    )
    return [Respondent(*row) for row in await session.execute(query)]


def _page_query(survey_id: UUID, survey_version: int, plan: ReadPlan, after: object) -> Select[Any]:
    key: SQLColumnExpression[Any] = AnalysisMember.position if plan.is_controlled else Response.id
    rows = (
        select(key.label("key"), *_columns(plan))
        .where(
            Response.survey_id == survey_id,
            Response.survey_version == survey_version,
            Response.state == SurveyState.PUBLISHED,
            Response.encoded.is_not(None),
        )
        .order_by(key)
        .limit(PAGE_ROWS)
    )
    if plan.is_controlled:
        member = (AnalysisMember.response_id == Response.id) & (AnalysisMember.survey_id == survey_id)
        rows = rows.join(AnalysisMember, member)
    page = (rows if after is None else rows.where(key > after)).subquery()
    order = page.c.key
    packed = [
        func.string_agg(column, aggregate_order_by(NO_BYTES, order)).label(column.key)
        for column in page.c
        if isinstance(column.type, LargeBinary)
    ]
    texts = [
        func.array_agg(aggregate_order_by(column, order), type_=ARRAY(String)).label(column.key)
        for column in _texts(page.c, plan)
    ]
    last = func.array_agg(aggregate_order_by(order, order.desc()), type_=ARRAY(order.type))[1].label("last")
    return select(func.count().label("n"), last, *packed, *texts)


def _columns(plan: ReadPlan) -> list[ColumnElement[Any]]:
    numbers = [_packed(func.float8send(func.coalesce(getattr(Response, name), float("nan"))), name) for name in NUMBERS]
    flagged = _packed(func.int2send(cast(func.cardinality(Response.flags), SmallInteger)), "flags")
    positions = [_packed(func.int4send(AnalysisMember.position), "position")] if plan.is_controlled else []
    ids = [_packed(func.uuid_send(Response.id), "id")] if plan.facts != "none" else []
    texts = [getattr(Response, name).label(name) for name in plan.texts]
    context = [Response.context[name].astext.label(f"context_{name}") for name in plan.context]
    return [Response.encoded.label("encoded"), *numbers, flagged, *positions, *ids, *texts, *context]


def _packed(value: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return cast(value, LargeBinary).label(name)


def _texts(columns: Any, plan: ReadPlan) -> Sequence[ColumnElement[Any]]:  # noqa: ANN401 columns of a subquery
    return [cast(columns[name], String).label(name) for name in (*plan.texts, *(f"context_{n}" for n in plan.context))]
