"""SQL of help articles."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.intake.help_articles.tables import Article

SORT_KEY = (Article.category, Article.position, Article.code)


async def get_article(session: AsyncSession, code: str) -> Article | None:
    return await session.get(Article, code)


async def insert_article(session: AsyncSession, code: str, columns: Mapping[str, object]) -> Article | None:
    """Return the new article, or None if the code is taken."""
    statement = insert(Article).values(code=code, **columns).on_conflict_do_nothing(index_elements=["code"])
    return (await session.scalars(statement.returning(Article))).one_or_none()


async def lock_article(session: AsyncSession, code: str) -> Article | None:
    return await session.get(Article, code, with_for_update=True, populate_existing=True)


async def list_articles(
    session: AsyncSession, *, categories: Collection[str] | None, after: tuple[str, int, str] | None, limit: int
) -> Sequence[Article]:
    """Return articles by category, and within it by position."""
    query = select(Article).order_by(*SORT_KEY).limit(limit)
    if categories is not None:
        query = query.where(Article.category.in_(categories))
    if after is not None:
        query = query.where(tuple_(*SORT_KEY) > after)
    return (await session.scalars(query)).all()


async def increment_view_counts(session: AsyncSession, codes: Collection[str]) -> None:
    # Locked in one order: two pages that show the same articles would deadlock.
    locked = select(Article.code).where(Article.code.in_(codes)).order_by(Article.code).with_for_update()
    await session.execute(
        update(Article)
        .where(Article.code.in_(locked.scalar_subquery()))
        .values(view_count=Article.view_count + 1)
        .execution_options(synchronize_session=False)
    )


async def increment_helpful_count(session: AsyncSession, code: str) -> bool:
    """Return False if there is no such article."""
    counted = update(Article).where(Article.code == code).values(helpful_count=Article.helpful_count + 1)
    return await session.scalar(counted.returning(Article.code)) is not None
