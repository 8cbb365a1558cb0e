"""SQL of samples."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.sampling.samples.tables import Sample, SampleMember

# Few designs differ, so that a member is only its id, in one packed value, and the number of its design.
INSERT_MEMBERS = text("""
    INSERT INTO sample_member
        (sample_id, customer_id, weight, stratum, cluster, population, second_population)
    SELECT CAST(:sample_id AS uuid),
        CAST(encode(substring(CAST(:ids AS bytea) FROM CAST(number * 16 - 15 AS integer) FOR 16), 'hex') AS uuid),
        weight, stratum, cluster, population, second_population
    FROM unnest(CAST(:designs AS integer[])) WITH ORDINALITY AS member (design_id, number)
        JOIN unnest(CAST(:weights AS float8[]), CAST(:strata AS text[]), CAST(:clusters AS text[]),
            CAST(:populations AS integer[]), CAST(:second_populations AS integer[]))
            WITH ORDINALITY AS design (weight, stratum, cluster, population, second_population, id)
            ON design.id = design_id
    ORDER BY number
""")


async def add_sample(session: AsyncSession, sample: Sample) -> None:
    session.add(sample)
    await session.flush()


async def insert_members(
    session: AsyncSession, sample_id: UUID, *, ids: bytes, designs: Sequence[int], design_columns: Mapping[str, Any]
) -> None:
    """Insert the members: their packed ids, and for each the number of its design, from 1."""
    await session.execute(INSERT_MEMBERS, {"sample_id": sample_id, "ids": ids, "designs": designs, **design_columns})


async def find_sample(session: AsyncSession, survey_id: UUID, sample_id: UUID) -> Sample | None:
    query = select(Sample).where(Sample.id == sample_id, Sample.survey_id == survey_id)
    return (await session.scalars(query)).one_or_none()


async def list_samples(session: AsyncSession, survey_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Sample]:
    """Return a page, the newest first."""
    query = select(Sample).where(Sample.survey_id == survey_id).order_by(Sample.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(Sample.id < before))).all()


async def list_members(
    session: AsyncSession, sample_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[SampleMember]:
    """Return a page in the order of the customers' ids."""
    query = select(SampleMember).where(SampleMember.sample_id == sample_id).order_by(SampleMember.customer_id)
    if after is not None:
        query = query.where(SampleMember.customer_id > after)
    return (await session.scalars(query.limit(limit))).all()


async def find_member(session: AsyncSession, sample_id: UUID, customer_id: UUID) -> SampleMember | None:
    return await session.get(SampleMember, (sample_id, customer_id))
