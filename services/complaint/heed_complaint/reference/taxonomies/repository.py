"""Every query of the taxonomies."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from heed_complaint.core.tables import Complaint
from heed_complaint.reference.taxonomies.rules import Word
from heed_complaint.reference.taxonomies.tables import Taxonomy, Term

USED: dict[str, InstrumentedAttribute[str] | InstrumentedAttribute[str | None]] = {
    "category": Complaint.category,
    "cause": Complaint.cause,
    "responsibility": Complaint.responsibility,
    "quality_side": Complaint.quality_side,
}
"""Where complaints hold terms of the taxonomies that may change."""


async def is_usable(session: AsyncSession, taxonomy: str, code: str) -> bool:
    """Whether the term is there and not retired. It cannot be removed before this transaction ends."""
    query = select(Term.code).where(Term.taxonomy == taxonomy, Term.code == code, Term.retired.is_(False))
    return await session.scalar(query.with_for_update(read=True, key_share=True)) is not None


async def category_terms(session: AsyncSession, first: str) -> dict[str, bool]:
    """The first level and what is listed below it, each with whether it is retired; they stay until the end."""
    of_it = or_(Term.code == first, Term.code.startswith(f"{first}.", autoescape=True))
    query = select(Term.code, Term.retired).where(Term.taxonomy == "category", of_it).order_by(Term.code)
    rows = await session.execute(query.with_for_update(read=True, key_share=True))
    return {row.code: row.retired for row in rows}


async def all_terms(session: AsyncSession) -> Sequence[Term]:
    return (await session.scalars(select(Term).order_by(Term.taxonomy, Term.place, Term.code))).all()


async def taxonomy_by_name(session: AsyncSession, name: str) -> Taxonomy | None:
    return await session.get(Taxonomy, name)


async def lock_taxonomy(session: AsyncSession, name: str) -> Taxonomy | None:
    return await session.get(Taxonomy, name, with_for_update=True, populate_existing=True)


async def terms_of(session: AsyncSession, name: str) -> Sequence[Term]:
    query = select(Term).where(Term.taxonomy == name).order_by(Term.place, Term.code)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def write_terms(session: AsyncSession, name: str, words: Sequence[Word]) -> None:
    """The words in their order, in place of those with the same codes."""
    rows = [
        {"taxonomy": name, "code": word.code, "place": place, "en": word.en, "zh": word.zh, "retired": word.retired}
        for place, word in enumerate(words, start=1)
    ]
    statement = insert(Term).values(sorted(rows, key=lambda row: str(row["code"])))
    changed = {column: statement.excluded[column] for column in ("place", "en", "zh", "retired")}
    await session.execute(statement.on_conflict_do_update(index_elements=["taxonomy", "code"], set_=changed))


async def remove_terms(session: AsyncSession, name: str, codes: Sequence[str]) -> None:
    """Waits for those who are about to use one of them."""
    await session.execute(delete(Term).where(Term.taxonomy == name, Term.code.in_(codes)))


async def is_used(session: AsyncSession, name: str, code: str) -> bool:
    """Whether a complaint is described with it, or with a word of everybody's own below it."""
    column = USED[name]
    described = or_(column == code, column.startswith(f"{code}.", autoescape=True))
    return bool(await session.scalar(select(exists().where(described))))
