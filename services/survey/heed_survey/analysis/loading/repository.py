"""SQL of reading responses: one binary COPY for each version, whose rows are equally wide."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import Select, SmallInteger, Uuid, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from heed_survey.analysis.disclosure.tables import AnalysisMember
from heed_survey.analysis.table.rows import NO_TEXT
from heed_survey.call_backs.facts.rules import Respondent
from heed_survey.responses.encoding import record_type
from heed_survey.responses.tables import Response
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire
from heed_survey.surveys.rules import SurveyState

NUMBERS = ("weight", "population", "second_population")
TEXTS_AT_ONCE = 10_000


FactUse = Literal["none", "open", "all"]


class ReadPlan(NamedTuple):
    """What of the responses is needed beside their answers."""

    strata: tuple[str, ...]
    """Columns of the design, of which only equality counts."""
    texts: tuple[str, ...]
    """Columns whose texts are needed."""
    context: tuple[str, ...]
    """Fields of the context whose texts are needed."""
    design: Literal["full", "weights", "none"]
    """How much of the sampling design is used: all, all but the populations, or nothing."""
    is_controlled: bool
    """Whether responses have positions; those without are not read."""
    facts: FactUse = "none"
    """Whether the facts beside the answers are read, and also those of confidential complaints."""

    @property
    def named(self) -> dict[str, ColumnElement[Any]]:
        """Columns whose texts are needed, by name."""
        texts: dict[str, ColumnElement[Any]] = {name: getattr(Response, name) for name in self.texts}
        return texts | {name: Response.context[name].astext for name in self.context}

    @property
    def hashed(self) -> dict[str, ColumnElement[Any]]:
        """Columns of texts that are read, by name."""
        return {name: getattr(Response, name) for name in self.strata} | self.named


def fields_of(plan: ReadPlan, questionnaire: Questionnaire) -> Mapping[str, Any]:
    """Return the types of the columns that `copy_responses` reads, in their order."""
    position = {"position": ">i4"} if plan.is_controlled else {}
    numbers = dict.fromkeys(NUMBERS, ">f8")
    return {
        "id": "V16",
        "encoded": record_type(questionnaire),
        "flags": ">i2",
        **position,
        **numbers,
        **dict.fromkeys(plan.hashed, ">i8"),
    }


async def copy_responses(
    session: AsyncSession,
    survey_id: UUID,
    survey_version: int,
    plan: ReadPlan,
    *,
    write: Callable[[bytes], Awaitable[None]],
) -> None:
    """Copy the responses of a version in a fixed order, passing the bytes to `write` as they arrive."""
    connection = await session.connection()
    # COPY takes no parameters.
    statement = _response_query(survey_id, survey_version, plan).compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    )
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        await driver.copy_from_query(str(statement), output=write, format="binary")
    except (PostgresError, InterfaceError, OSError) as error:
        # As every other statement's error, so that a lost database is 503 and no error of ours.
        raise DBAPIError("COPY of responses", None, error) from error


async def load_texts(session: AsyncSession, ids: Sequence[UUID], plan: ReadPlan) -> dict[UUID, Mapping[str, str]]:
    """Return the texts of these responses by name."""
    columns = [column.label(f"text_{name}") for name, column in plan.named.items()]
    found: dict[UUID, Mapping[str, str]] = {}
    for start in range(0, len(ids), TEXTS_AT_ONCE):
        query = select(Response.id, *columns).where(Response.id.in_(ids[start : start + TEXTS_AT_ONCE]))
        for row in await session.execute(query):
            found[row[0]] = dict(zip(plan.named, row[1:], strict=True))
    return found


async def list_respondents(session: AsyncSession, response_ids: Sequence[UUID]) -> list[Respondent]:
    """Return who gave these responses, and when; those that name neither a customer nor a complaint are left out."""
    query = select(Response.id, Response.customer_id, Response.complaint_id, Response.answered_at).where(
        Response.id == func.any(cast(response_ids, ARRAY(Uuid))),
        or_(Response.customer_id.is_not(None), Response.complaint_id.is_not(None)),
    )
    return [Respondent(*row) for row in await session.execute(query)]


def _response_query(survey_id: UUID, survey_version: int, plan: ReadPlan) -> Select[Any]:
    query = select(*_columns(plan)).where(
        Response.survey_id == survey_id,
        Response.survey_version == survey_version,
        Response.state == SurveyState.PUBLISHED,
        Response.encoded.is_not(None),
    )
    if not plan.is_controlled:
        return query.order_by(Response.id)
    member = (AnalysisMember.response_id == Response.id) & (AnalysisMember.survey_id == survey_id)
    return query.join(AnalysisMember, member).order_by(AnalysisMember.position)


def _columns(plan: ReadPlan) -> list[Any]:
    position = [AnalysisMember.position] if plan.is_controlled else []
    numbers = [func.coalesce(getattr(Response, name), literal("NaN")).label(name) for name in NUMBERS]
    # 64 bits: of a million texts, the chance that any two are taken for one is less than one in ten million.
    hashes = [
        func.coalesce(func.hashtextextended(column, 0), NO_TEXT).label(f"hash_{name}")
        for name, column in plan.hashed.items()
    ]
    flags = cast(func.cardinality(Response.flags), SmallInteger).label("flags")
    return [Response.id, Response.encoded, flags, *position, *numbers, *hashes]
