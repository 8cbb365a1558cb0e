"""HTTP API of status links: for their holders, and for the staff that creates and revokes them."""

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from heed_common import http
from heed_common.http import Caller, DbSession, Now, invalid, negotiation, requires
from heed_complaint.intake.html.error_texts import problem_page
from heed_complaint.intake.public_access.dependencies import Intake, LanguageQuery
from heed_complaint.intake.status_links import service
from heed_complaint.intake.status_links.rules import reply_key
from heed_complaint.intake.status_links.schemas import LinkOut, ReplyIn, StatusOut
from heed_complaint.intake.status_links.views import status_page

router = http.router(prefix="/c", tags=["status"], public=True, stores_responses=False)
staff_router = http.router(prefix="/v1/complaints", tags=["status"], stores_responses=False)

Token = Annotated[str, Path(description="The last part of the private link.")]


@router.get("/{token}", response_model=StatusOut, responses=negotiation.HTML_PAGE | negotiation.PROBLEM_OR_PAGE)
async def get_status(
    request: Request, token: Token, session: DbSession, intake: Intake, now: Now, lang: LanguageQuery = None
) -> Response:
    """Return the status: a page, or JSON with `Accept: application/json`. 404 `link_unknown`, 410."""
    language = negotiation.requested_language(request, lang)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        status = await service.get_status(session, token=token, now=now)
    body = StatusOut.from_domain(status, language=language)
    if negotiation.wants_json(request):
        headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept, Accept-Language"}
        return JSONResponse(body.model_dump(mode="json"), headers=headers)
    return negotiation.html_response(status_page(body, token=token, key=secrets.token_urlsafe(16), zone=intake.zone))


@router.post(
    "/{token}/messages",
    status_code=201,
    response_class=Response,
    responses=negotiation.REDIRECT | negotiation.PROBLEM_OR_PAGE,
    openapi_extra=negotiation.request_body_schema(ReplyIn, negotiation.JSON, negotiation.FORM),
)
async def reply_via_status_link(
    request: Request, token: Token, session: DbSession, intake: Intake, now: Now, lang: LanguageQuery = None
) -> Response:
    """Store a message of the customer. 403 `not_over_this_link`, 404 `link_unknown`, 410, 422, 429."""
    language = negotiation.requested_language(request, lang)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        intake.check_rate(request, now=now)
        complaint = await service.complaint_for_token(session, token=token, now=now)
        body = _parse(await negotiation.parse_body(request))
        header = request.headers.get("idempotency-key")
        key = reply_key(complaint.id, body.text, body.key, header=header)
        await service.reply(session, complaint=complaint, text=body.text, key=key, now=now)
    if negotiation.wants_page(request):
        return negotiation.redirect(f"/c/{token}?lang={language}")
    return Response(status_code=201)


@staff_router.post("/{complaint_id:uuid}/links", status_code=201, dependencies=[requires("complaints:write")])
async def create_status_link(complaint_id: UUID, session: DbSession, intake: Intake, now: Now) -> LinkOut:
    """Create a private link for the customer; only this response shows it."""
    link = await service.create_link(session, complaint_id=complaint_id, days=intake.link_days, now=now)
    return LinkOut.from_domain(link)


@staff_router.delete("/{complaint_id:uuid}/links", status_code=204, dependencies=[requires("complaints:write")])
async def revoke_status_links(complaint_id: UUID, session: DbSession, caller: Caller, now: Now) -> None:
    """Delete all private links to the complaint, for when one has got into wrong hands."""
    await service.revoke_links(session, complaint_id=complaint_id, by=caller.id, now=now)


def _parse(given: object) -> ReplyIn:
    try:
        return ReplyIn.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
