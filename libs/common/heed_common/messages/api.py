"""HTTP API of a service's templates: listed, edited, previewed, restored."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from heed_common import http
from heed_common.fields import Code
from heed_common.http import Caller, DbSession, IfMatch, Now, RequestLanguage, etag, requires
from heed_common.languages import Language
from heed_common.messages import templates
from heed_common.messages.schemas import MessagePreviewOut, MessageTemplateOut, TemplateIn
from heed_common.messages.templates import Catalogue, TemplateVersion
from heed_common.paging import Page, PageQuery, paginate

TemplateName = Annotated[Code, Path()]
TemplateLanguage = Annotated[Language, Path()]
TEMPLATE_PATH = "/{name}/{language}"


def template_router(prefix: str, catalogue: Catalogue) -> APIRouter:
    """Return the routes for the templates of one service."""
    router = http.router(prefix=prefix, tags=["templates"])

    def to_out(template: TemplateVersion, language: Language) -> MessageTemplateOut:
        return MessageTemplateOut.from_domain(template, catalogue[template.name], language=language)

    @router.get("", dependencies=[requires("settings:read")])
    async def list_templates(
        session: DbSession, page: PageQuery, language: RequestLanguage
    ) -> Page[MessageTemplateOut]:
        """List the templates in force, by name and language."""
        after = page.after(str, str) or ("", "")
        found = await templates.list_templates(session, catalogue)
        rows = [template for template in found if (template.name, template.language) > after][: page.fetch_limit]
        items, next_cursor = paginate(rows, page, key=lambda template: (template.name, template.language))
        return Page(items=page.show(items, lambda template: to_out(template, language)), next_cursor=next_cursor)

    @router.get(TEMPLATE_PATH, dependencies=[requires("settings:read")])
    async def get_template(
        name: TemplateName, language: TemplateLanguage, session: DbSession, spoken: RequestLanguage, response: Response
    ) -> MessageTemplateOut:
        """Return the template in force. 404 `template_unknown`."""
        template = await templates.get_template(session, catalogue, name=name, language=language)
        response.headers["ETag"] = etag(template.version)
        return to_out(template, spoken)

    @router.put(TEMPLATE_PATH, dependencies=[requires("settings:write")])
    async def put_template(
        name: TemplateName,
        language: TemplateLanguage,
        body: TemplateIn,
        session: DbSession,
        caller: Caller,
        now: Now,
        if_match: IfMatch,
        spoken: RequestLanguage,
        response: Response,
    ) -> MessageTemplateOut:
        """Replace the template (If-Match), in force within seconds. 404, 412, 422 `template_invalid`, 428."""
        template = await templates.put_template(
            session,
            catalogue,
            name=name,
            language=language,
            text=body.to_domain(),
            if_match=if_match,
            changed_by=caller.id,
            now=now,
        )
        response.headers["ETag"] = etag(template.version)
        return to_out(template, spoken)

    @router.delete(TEMPLATE_PATH, status_code=204, dependencies=[requires("settings:write")])
    async def restore_template(
        name: TemplateName, language: TemplateLanguage, session: DbSession, caller: Caller, now: Now
    ) -> None:
        """Restore the shipped template. 404 `template_unknown`."""
        await templates.restore_template(
            session, catalogue, name=name, language=language, changed_by=caller.id, now=now
        )

    @router.post(f"{TEMPLATE_PATH}:preview", dependencies=[requires("settings:read")])
    async def preview_template(name: TemplateName, language: TemplateLanguage, body: TemplateIn) -> MessagePreviewOut:
        """Render a template with example parameters, without storing it. 404, 422 `template_invalid`."""
        return MessagePreviewOut.from_domain(*templates.preview(catalogue, name=name, text=body.to_domain()))

    return router
