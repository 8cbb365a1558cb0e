"""Every query of the taxonomies."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.tables import Term


async def knows(session: AsyncSession, taxonomy: str, code: str) -> bool:
    return bool(await session.scalar(select(exists().where(Term.taxonomy == taxonomy, Term.code == code))))


async def all_terms(session: AsyncSession) -> Sequence[Term]:
    return (await session.scalars(select(Term).order_by(Term.taxonomy, Term.place, Term.code))).all()
