"""Door 1 for who holds a private link, and for the desk that hands one out."""

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from heed_common import http
from heed_common.http import Caller, DbSession, Now, invalid, requires
from heed_complaint.intake.html import negotiation as browsers
from heed_complaint.intake.html.error_texts import problem_page
from heed_complaint.intake.status_links import service
from heed_complaint.intake.status_links.schemas import LinkOut, StatusOut
from heed_complaint.intake.status_links.views import status_page
from heed_complaint.intake.web_form import service as intake
from heed_complaint.intake.web_form.dependencies import IntakeDoor, Lang
from heed_complaint.intake.web_form.rules import answer_key
from heed_complaint.intake.web_form.schemas import AnswerIn

router = http.router(prefix="/c", tags=["status"], public=True, stores_responses=False)
desk = http.router(prefix="/v1/complaints", tags=["status"], stores_responses=False)

Token = Annotated[str, Path(description="As the private link ends.")]


@router.get("/{token}", response_model=StatusOut, responses=browsers.PAGE | browsers.PROBLEM_OR_PAGE)
async def show_status(
    request: Request, token: Token, session: DbSession, door: IntakeDoor, now: Now, lang: Lang = None
) -> Response:
    """How the complaint stands: a page, or JSON with `Accept: application/json`. 404 `link_unknown`, 410."""
    asked = browsers.language_of(request, lang)
    with browsers.problems_shown(request, lambda problem: problem_page(problem, language=asked)):
        status = await service.look(session, token=token, now=now)
    told = StatusOut.of(status, language=asked)
    if browsers.wants_json(request):
        headers = {"Cache-Control": "no-store", "Content-Language": asked, "Vary": "Accept, Accept-Language"}
        return JSONResponse(told.model_dump(mode="json"), headers=headers)
    return browsers.show(status_page(told, token=token, key=secrets.token_urlsafe(16), zone=door.zone))


@router.post(
    "/{token}/messages",
    status_code=201,
    response_class=Response,
    responses=browsers.ONWARD | browsers.PROBLEM_OR_PAGE,
    openapi_extra=browsers.asks_for(AnswerIn, browsers.JSON, browsers.FORM),
)
async def answer_over_link(
    request: Request, token: Token, session: DbSession, door: IntakeDoor, now: Now, lang: Lang = None
) -> Response:
    """The customer writes to the desk. 403 `not_over_this_link`, 404 `link_unknown`, 410, 422, 429."""
    language = browsers.language_of(request, lang)
    with browsers.problems_shown(request, lambda problem: problem_page(problem, language=language)):
        door.admit(request, now=now)
        complaint = await service.behind(session, token=token, now=now)
        given = _read(await browsers.submitted(request))
        header = request.headers.get("idempotency-key")
        key = answer_key(complaint.id, given.text, given.key, header=header)
        await intake.answer_over_link(session, complaint=complaint, text=given.text, key=key, now=now)
    if browsers.wants_page(request):
        return browsers.see(f"/c/{token}?lang={language}")
    return Response(status_code=201)


@desk.post("/{complaint_id}/links", status_code=201, dependencies=[requires("complaints:write")])
async def make_status_link(complaint_id: UUID, session: DbSession, door: IntakeDoor, now: Now) -> LinkOut:
    """A private link for the customer; it is shown this once."""
    return LinkOut.of(await service.make_link(session, complaint_id=complaint_id, days=door.link_days, now=now))


@desk.delete("/{complaint_id}/links", status_code=204, dependencies=[requires("complaints:write")])
async def end_status_links(complaint_id: UUID, session: DbSession, caller: Caller, now: Now) -> None:
    """All private links to the complaint end, for when one has got into wrong hands."""
    await service.end_links(session, complaint_id=complaint_id, by=caller.id, now=now)


def _read(given: object) -> AnswerIn:
    try:
        return AnswerIn.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
