"""Use cases of improvement actions: create, list, change, and read their effect."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_survey.actions.improvements import repository, rules
from heed_survey.actions.improvements.errors import ImprovementNotFound, WaveMissing
from heed_survey.actions.improvements.rules import ImprovementTerms
from heed_survey.actions.improvements.tables import Improvement
from heed_survey.analysis.capacity import Capacity
from heed_survey.analysis.errors import UnknownItem
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.wave_difference import WaveDifferenceOut, wave_difference
from heed_survey.analysis.service import Request, analyse
from heed_survey.surveys import service as surveys


class Effect(NamedTuple):
    improvement: Improvement
    difference: WaveDifferenceOut


async def create_improvement(
    session: AsyncSession, *, survey_id: UUID, terms: ImprovementTerms, now: datetime
) -> Improvement:
    """Create the action. Raises `SurveyNotFound`, `UnknownItem`, `FigureWithoutItem`, `SameWave`."""
    await _check(session, survey_id, terms)
    improvement = Improvement(id=new_id(), survey_id=survey_id, created_at=now, **asdict(terms))
    await repository.add_improvement(session, improvement)
    await session.refresh(improvement)
    return improvement


async def put_improvement(
    session: AsyncSession, *, survey_id: UUID, improvement_id: UUID, terms: ImprovementTerms, if_match: int | None
) -> Improvement:
    """Replace the terms of the action. Raises `ImprovementNotFound`, and as `create_improvement`."""
    improvement = await repository.find_improvement(session, survey_id, improvement_id, lock=True)
    if improvement is None:
        raise ImprovementNotFound
    require_if_match(if_match, improvement.revision)
    await _check(session, survey_id, terms)
    for column, value in asdict(terms).items():
        setattr(improvement, column, value)
    improvement.revision += 1
    await session.flush()
    return improvement


async def get_improvement(session: AsyncSession, *, survey_id: UUID, improvement_id: UUID) -> Improvement:
    """Return the action. Raises `ImprovementNotFound`."""
    improvement = await repository.find_improvement(session, survey_id, improvement_id)
    if improvement is None:
        raise ImprovementNotFound
    return improvement


async def list_improvements(
    session: AsyncSession, *, survey_id: UUID, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Improvement]:
    """Return a page of the survey's actions, the earliest due first. Raises `SurveyNotFound`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    return await repository.list_improvements(session, survey.id, after=after, limit=limit)


async def load_effect(database: Database, capacity: Capacity, *, improvement_id: UUID, request: Request) -> Effect:
    """Return the change of the figure between the waves, as far as the caller may see it.

    Raises `ImprovementNotFound`, `WaveMissing`, and errors of analyses.
    """
    async with database.transaction() as session:
        improvement = await get_improvement(session, survey_id=request.survey_id, improvement_id=improvement_id)
        terms = _terms_of(improvement)
    after = terms.after_wave
    if after is None:
        raise WaveMissing

    def compute(subject: Subject) -> WaveDifferenceOut:
        return wave_difference(subject, figure=terms.figure, item=terms.item, before=terms.before_wave, after=after)

    difference, _ = await analyse(database, capacity, request=request, compute=compute, fields=("wave",))
    return Effect(improvement, difference)


async def _check(session: AsyncSession, survey_id: UUID, terms: ImprovementTerms) -> None:
    rules.check_terms(terms)
    survey = await surveys.get_survey(session, survey_id=survey_id)
    questionnaire = await surveys.current_questionnaire(session, survey=survey)
    if terms.item is not None and terms.item not in {item.code for item in questionnaire.items}:
        raise UnknownItem(pointer="/item")


def _terms_of(improvement: Improvement) -> ImprovementTerms:
    return ImprovementTerms(**{name: getattr(improvement, name) for name in ImprovementTerms.__dataclass_fields__})
