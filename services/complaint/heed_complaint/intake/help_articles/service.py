"""What people can do themselves, shown before they complain."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import PreconditionFailed
from heed_common.revisions import check_if_match, require_if_match
from heed_complaint.intake.help_articles import repository, rules
from heed_complaint.intake.help_articles.errors import ArticleNotFound
from heed_complaint.intake.help_articles.rules import Advice
from heed_complaint.intake.help_articles.tables import Article
from heed_complaint.reference.taxonomies import service as taxonomies

MOST_ON_A_PAGE = 20


async def write(session: AsyncSession, *, code: str, advice: Advice, if_match: int | None) -> tuple[Article, bool]:
    """Puts the article there, or anew. True where there was none."""
    await taxonomies.check_category(session, advice.category)
    if if_match is None:
        new = await repository.insert_article(session, code, _columns(advice))
        if new is not None:
            return new, True
    article = await repository.lock_article(session, code)
    if article is None:
        raise PreconditionFailed
    require_if_match(if_match, article.revision)
    for name, value in _columns(advice).items():
        setattr(article, name, value)
    article.revision += 1
    return article, False


async def remove(session: AsyncSession, *, code: str, if_match: int | None) -> None:
    """Nobody needs it any more."""
    article = await repository.lock_article(session, code)
    if article is None:
        raise ArticleNotFound
    check_if_match(if_match, article.revision)
    await session.delete(article)


async def get(session: AsyncSession, *, code: str) -> Article:
    """One article, in both languages."""
    article = await repository.article(session, code)
    if article is None:
        raise ArticleNotFound
    return article


async def list_articles(
    session: AsyncSession, *, category: str | None, after: tuple[str, int, str] | None, limit: int
) -> Sequence[Article]:
    """Those that help with the category, or all."""
    categories = rules.fitting(category) if category is not None else None
    return await repository.list_articles(session, categories=categories, after=after, limit=limit)


async def show(session: AsyncSession, *, category: str) -> Sequence[Article]:
    """For somebody who is about to complain; counted, so that one sees later which articles spare complaints."""
    articles = await list_articles(session, category=category, after=None, limit=MOST_ON_A_PAGE)
    if articles:
        await repository.count_shown(session, [article.code for article in articles])
    return articles


async def note_that_it_helped(session: AsyncSession, *, code: str) -> None:
    """One complaint less."""
    if not await repository.count_helped(session, code):
        raise ArticleNotFound


def _columns(advice: Advice) -> dict[str, object]:
    said = asdict(advice)
    words = {f"{part}_{language}": words for part in ("title", "text") for language, words in said.pop(part).items()}
    return said | words
