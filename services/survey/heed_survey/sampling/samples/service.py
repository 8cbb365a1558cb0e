"""Use cases of samples: draw one, read it, and the design of its members."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.conditions import Condition, parse
from heed_common.identifiers import new_id
from heed_survey.call_backs import service as call_backs
from heed_survey.customers.frame import service as customer_frame
from heed_survey.customers.frame.rules import CONDITION_FIELDS, Cell, FramePolicy
from heed_survey.sampling.samples import repository
from heed_survey.sampling.samples.drawing import Draw, draw
from heed_survey.sampling.samples.errors import SampleNotFound
from heed_survey.sampling.samples.frame import Frame, build_frame
from heed_survey.sampling.samples.rules import MemberDesign, Method, SampleRequest
from heed_survey.sampling.samples.tables import Sample, SampleMember
from heed_survey.surveys import service as surveys

SELLING_SUSPENDED = "selling_suspended"


async def create_sample(
    session: AsyncSession, *, survey_id: UUID, request: SampleRequest, policy: FramePolicy, dry_run: bool, now: datetime
) -> Sample:
    """Draw a sample and store it with its members; a dry run only computes it.

    Raises `SurveyNotFound`, `StudyMissing`, `ConditionError`, `FrameEmpty`, `FrameTooSmall`, `SampleTooSmall`,
    `DeviationMissing`.
    """
    survey = await surveys.get_survey(session, survey_id=survey_id)
    if not dry_run:
        surveys.require_study(survey)
    condition = parse(dict(request.frame), CONDITION_FIELDS, pointer="/frame")
    fields = request.fields_besides(sorted(condition.required_fields()))
    cells = await _load_cells(session, fields, policy=policy, now=now)
    # In a thread: for a million customers it takes seconds, in which the process serves others.
    frame, drawn = await asyncio.to_thread(_draw, cells, fields, condition, request)
    sample = Sample(
        id=new_id(),
        survey_id=survey.id,
        method=request.method,
        seed=request.seed,
        request=request.as_json(),
        plan=drawn.plan.as_json(),
        created_at=now,
    )
    if not dry_run:
        await repository.add_sample(session, sample)
        await _insert_members(session, sample, frame, drawn)
    return sample


async def get_sample(session: AsyncSession, *, survey_id: UUID, sample_id: UUID) -> Sample:
    """Return the sample. Raises `SampleNotFound`."""
    sample = await repository.find_sample(session, survey_id, sample_id)
    if sample is None:
        raise SampleNotFound
    return sample


async def list_samples(session: AsyncSession, *, survey_id: UUID, before: UUID | None, limit: int) -> Sequence[Sample]:
    """Return a page of the survey's samples, the newest first. Raises `SurveyNotFound`."""
    survey = await surveys.get_survey(session, survey_id=survey_id)
    return await repository.list_samples(session, survey.id, before=before, limit=limit)


async def list_members(
    session: AsyncSession, *, survey_id: UUID, sample_id: UUID, after: UUID | None, limit: int
) -> Sequence[SampleMember]:
    """Return a page of the members, in the order of the customers' ids. Raises `SampleNotFound`."""
    sample = await get_sample(session, survey_id=survey_id, sample_id=sample_id)
    return await repository.list_members(session, sample.id, after=after, limit=limit)


async def design_of(session: AsyncSession, *, sample_id: UUID, customer_id: UUID) -> MemberDesign | None:
    """Return the design that the member's response is weighted by.

    None for a customer who is not in the sample, and in a quota sample, whose members have no known probability.
    """
    member = await repository.find_member(session, sample_id, customer_id)
    if member is None or member.weight is None:
        return None
    return MemberDesign(
        member.customer_id,
        member.weight,
        member.stratum,
        member.cluster,
        member.population,
        member.second_population,
    )


async def _load_cells(
    session: AsyncSession, fields: Sequence[str], *, policy: FramePolicy, now: datetime
) -> list[Cell]:
    suspended: set[UUID] = set()
    if SELLING_SUSPENDED in fields:
        suspended = await call_backs.suspended_customers(session)
    return await customer_frame.load_cells(session, fields=fields, suspended=suspended, policy=policy, now=now)


def _draw(
    cells: Sequence[Cell], fields: Sequence[str], condition: Condition, request: SampleRequest
) -> tuple[Frame, Draw]:
    frame = build_frame(cells, fields, condition=condition, request=request)
    return frame, draw(frame, request)


async def _insert_members(session: AsyncSession, sample: Sample, frame: Frame, drawn: Draw) -> None:
    await repository.insert_members(
        session,
        sample.id,
        ids=frame.ids[drawn.selection.rows].tobytes(),
        designs=drawn.designs.tolist(),
        design_columns=drawn.design_columns(frame, is_random=sample.method != Method.QUOTA),
    )
