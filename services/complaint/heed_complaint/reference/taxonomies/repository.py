"""SQL of taxonomies."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from heed_common import driver
from heed_complaint.core.tables import Complaint
from heed_complaint.reference.taxonomies.rules import TermInput
from heed_complaint.reference.taxonomies.tables import Taxonomy, Term

CODE_COLUMNS: dict[str, InstrumentedAttribute[str] | InstrumentedAttribute[str | None]] = {
    "category": Complaint.category,
    "cause": Complaint.cause,
    "responsibility": Complaint.responsibility,
    "quality_side": Complaint.quality_side,
}
"""The columns of complaints that hold codes, by taxonomy; only of those taxonomies whose codes may change."""

LOCK_CATEGORY_TERMS = text("""
    SELECT code, retired FROM term
    WHERE taxonomy = 'category' AND (code = CAST(:first AS text) OR starts_with(code, CAST(:first AS text) || '.'))
    ORDER BY code FOR KEY SHARE
""")


async def lock_active_term(session: AsyncSession, taxonomy: str, code: str) -> bool:
    """Return whether the term exists and is not retired; it cannot be removed before this transaction ends."""
    query = select(Term.code).where(Term.taxonomy == taxonomy, Term.code == code, Term.retired.is_(False))
    return await session.scalar(query.with_for_update(read=True, key_share=True)) is not None


async def lock_category_terms(session: AsyncSession, first: str) -> dict[str, bool]:
    """Return the first level and its second level, each with whether it is retired; locked until the end."""
    return dict(await driver.fetch(session, LOCK_CATEGORY_TERMS, {"first": first}))


async def list_terms(session: AsyncSession) -> Sequence[Term]:
    return (await session.scalars(select(Term).order_by(Term.taxonomy, Term.position, Term.code))).all()


async def get_taxonomy(session: AsyncSession, name: str) -> Taxonomy | None:
    return await session.get(Taxonomy, name)


async def lock_taxonomy(session: AsyncSession, name: str) -> Taxonomy | None:
    return await session.get(Taxonomy, name, with_for_update=True, populate_existing=True)


async def list_taxonomy_terms(session: AsyncSession, name: str) -> Sequence[Term]:
    query = select(Term).where(Term.taxonomy == name).order_by(Term.position, Term.code)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def upsert_terms(session: AsyncSession, name: str, terms: Sequence[TermInput]) -> None:
    """Insert the terms in their order, or update those with the same codes."""
    rows = [
        {
            "taxonomy": name,
            "code": term.code,
            "position": position,
            "en": term.en,
            "zh": term.zh,
            "retired": term.retired,
        }
        for position, term in enumerate(terms, start=1)
    ]
    statement = insert(Term).values(sorted(rows, key=lambda row: str(row["code"])))
    changed = {column: statement.excluded[column] for column in ("position", "en", "zh", "retired")}
    await session.execute(statement.on_conflict_do_update(index_elements=["taxonomy", "code"], set_=changed))


async def delete_terms(session: AsyncSession, name: str, codes: Sequence[str]) -> None:
    """Delete terms; waits for transactions that are about to use one of them."""
    await session.execute(delete(Term).where(Term.taxonomy == name, Term.code.in_(codes)))


async def is_used(session: AsyncSession, name: str, code: str) -> bool:
    """Return whether a complaint is described with the term, or with free text below it."""
    column = CODE_COLUMNS[name]
    described = or_(column == code, column.startswith(f"{code}.", autoescape=True))
    return bool(await session.scalar(select(exists().where(described))))


async def category_terms(session: AsyncSession, codes: Sequence[str]) -> list[Term]:
    """Return the categories with these codes, in the order of the codes."""
    found = await session.scalars(select(Term).where(Term.taxonomy == "category", Term.code.in_(codes)))
    return sorted(found, key=lambda term: codes.index(term.code))
