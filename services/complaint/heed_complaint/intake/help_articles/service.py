"""Use cases of help articles."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import PreconditionFailed
from heed_common.revisions import check_if_match, require_if_match
from heed_common.upserts import Upserted
from heed_complaint.intake.help_articles import repository, rules
from heed_complaint.intake.help_articles.errors import ArticleNotFound
from heed_complaint.intake.help_articles.rules import ArticleContent
from heed_complaint.intake.help_articles.tables import Article
from heed_complaint.reference.taxonomies import service as taxonomies

MAX_SUGGESTED = 20


async def put_article(
    session: AsyncSession, *, code: str, content: ArticleContent, if_match: int | None
) -> Upserted[Article]:
    """Create or replace the article. Raises `UnknownCategory`, `PreconditionFailed`, `PreconditionRequired`."""
    await taxonomies.validate_category(session, content.category)
    if if_match is None:
        created = await repository.insert_article(session, code, _columns(content))
        if created is not None:
            return Upserted(created, created=True)
    article = await repository.lock_article(session, code)
    if article is None:
        raise PreconditionFailed
    require_if_match(if_match, article.revision)
    for name, value in _columns(content).items():
        setattr(article, name, value)
    article.revision += 1
    return Upserted(article, created=False)


async def delete_article(session: AsyncSession, *, code: str, if_match: int | None) -> None:
    """Delete the article. Raises `ArticleNotFound`, `PreconditionFailed`."""
    article = await repository.lock_article(session, code)
    if article is None:
        raise ArticleNotFound
    check_if_match(if_match, article.revision)
    await session.delete(article)


async def get_article(session: AsyncSession, *, code: str) -> Article:
    """Return the article in both languages. Raises `ArticleNotFound`."""
    article = await repository.get_article(session, code)
    if article is None:
        raise ArticleNotFound
    return article


async def list_articles(
    session: AsyncSession, *, category: str | None, after: tuple[str, int, str] | None, limit: int
) -> Sequence[Article]:
    """Return the articles that help with the category, or all."""
    categories = rules.categories_for(category) if category is not None else None
    return await repository.list_articles(session, categories=categories, after=after, limit=limit)


async def list_for_category(session: AsyncSession, *, category: str) -> Sequence[Article]:
    """Return the articles to show before a complaint, and count their views.

    The counts show which articles spare complaints.
    """
    articles = await list_articles(session, category=category, after=None, limit=MAX_SUGGESTED)
    if articles:
        await repository.increment_view_counts(session, [article.code for article in articles])
    return articles


async def record_helpful(session: AsyncSession, *, code: str) -> None:
    """Count that the article spared a complaint. Raises `ArticleNotFound`."""
    if not await repository.increment_helpful_count(session, code):
        raise ArticleNotFound


def _columns(content: ArticleContent) -> dict[str, object]:
    columns = asdict(content)
    texts = {f"{part}_{language}": text for part in ("title", "text") for language, text in columns.pop(part).items()}
    return columns | texts
