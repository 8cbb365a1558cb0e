"""HTTP API of help articles: public to read, edited by operators."""

from typing import Annotated

from fastapi import Path, Query, Response

from heed_common import http, paging
from heed_common.cursors import Int4
from heed_common.fields import Code
from heed_common.http import DbSession, IfMatch, RequestLanguage, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.intake.help_articles import service
from heed_complaint.intake.help_articles.schemas import ArticleIn, ArticleOut, EditableArticleOut

PATH = "/v1/intake/articles"
MAX_CATEGORY = 300

router = http.router(prefix=PATH, tags=["intake"])
public_router = http.router(prefix=PATH, tags=["intake"], public=True)

ArticleCode = Annotated[Code, Path()]
Category = Annotated[str | None, Query(max_length=MAX_CATEGORY)]


@public_router.get("")
async def list_articles(
    session: DbSession, language: RequestLanguage, page: PageQuery, category: Category = None
) -> Page[ArticleOut]:
    """Return the articles of a category and of its first level, in the caller's language. Needs no token."""
    after = page.after(str, Int4, str)
    found = await service.list_articles(session, category=category, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(
        found, page, key=lambda article: (article.category, article.position, article.code)
    )
    return Page(
        items=page.show(shown, lambda article: ArticleOut.from_domain(article, language=language)),
        next_cursor=next_cursor,
    )


@router.get("/{code}", dependencies=[requires("settings:read")])
async def get_article(code: ArticleCode, session: DbSession, response: Response) -> EditableArticleOut:
    """Return an article in both languages with its counters. 404 `article_not_found`."""
    article = await service.get_article(session, code=code)
    response.headers["ETag"] = etag(article.revision)
    return EditableArticleOut.from_domain(article)


@router.put("/{code}", responses=http.created(EditableArticleOut), dependencies=[requires("settings:write")])
async def put_article(
    code: ArticleCode, body: ArticleIn, session: DbSession, if_match: IfMatch, response: Response
) -> EditableArticleOut:
    """Create an article (201) or replace it (If-Match). 412, 422 `unknown_category`, 428."""
    article, created = await service.put_article(session, code=code, content=body.to_domain(), if_match=if_match)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = etag(article.revision)
    return EditableArticleOut.from_domain(article)


@router.delete("/{code}", status_code=204, dependencies=[requires("settings:write")])
async def delete_article(code: ArticleCode, session: DbSession, if_match: IfMatch) -> None:
    """Delete an article. 404 `article_not_found`, 412."""
    await service.delete_article(session, code=code, if_match=if_match)
