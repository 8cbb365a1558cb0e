"""Door 1: self-help, open to everybody, and written by operators."""

from typing import Annotated

from fastapi import Path, Query, Response

from heed_common import http, paging
from heed_common.cursors import Int4
from heed_common.fields import Code
from heed_common.http import DbSession, IfMatch, RequestLanguage, etag, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.intake.help_articles import service
from heed_complaint.intake.help_articles.schemas import ArticleIn, ArticleOut, WrittenArticleOut

PATH = "/v1/intake/articles"
NOT_FOUND_TOO_LONG = 300

router = http.router(prefix=PATH, tags=["intake"])
public = http.router(prefix=PATH, tags=["intake"], public=True)

ArticleCode = Annotated[Code, Path()]
Category = Annotated[str | None, Query(max_length=NOT_FOUND_TOO_LONG)]


@public.get("")
async def list_articles(
    session: DbSession, language: RequestLanguage, page: PageQuery, category: Category = None
) -> Page[ArticleOut]:
    """What helps with a category, first level included, in the caller's language. Needs no token."""
    after = page.after(str, Int4, str)
    found = await service.list_articles(session, category=category, after=after, limit=page.fetch_limit)
    shown, next_cursor = paging.paginate(
        found, page, key=lambda article: (article.category, article.place, article.code)
    )
    return Page(
        items=page.show(shown, lambda article: ArticleOut.of(article, language=language)), next_cursor=next_cursor
    )


@router.get("/{code}", dependencies=[requires("settings:read")])
async def read_article(code: ArticleCode, session: DbSession, response: Response) -> WrittenArticleOut:
    """Both languages, and how often it was shown and helped. 404 `article_not_found`."""
    article = await service.get(session, code=code)
    response.headers["ETag"] = etag(article.revision)
    return WrittenArticleOut.of(article)


@router.put("/{code}", responses=http.created(WrittenArticleOut), dependencies=[requires("settings:write")])
async def write_article(
    code: ArticleCode, body: ArticleIn, session: DbSession, if_match: IfMatch, response: Response
) -> WrittenArticleOut:
    """A new article (201), or other words for one (If-Match). 412, 422 `unknown_category`, 428."""
    article, is_new = await service.write(session, code=code, advice=body.as_advice(), if_match=if_match)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag(article.revision)
    return WrittenArticleOut.of(article)


@router.delete("/{code}", status_code=204, dependencies=[requires("settings:write")])
async def remove_article(code: ArticleCode, session: DbSession, if_match: IfMatch) -> None:
    """Takes it away. 404 `article_not_found`, 412."""
    await service.remove(session, code=code, if_match=if_match)
