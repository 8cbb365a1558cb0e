"""The customer's own page: what is allowed, and a button for each purpose and channel."""

from email import message_from_bytes
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from heed_common import http
from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.http import CipherDep, DbSession, Now, invalid, negotiation
from heed_customer.reach.preferences import service
from heed_customer.reach.preferences.dependencies import Access, LanguageQuery
from heed_customer.reach.preferences.errors import NotOneClick
from heed_customer.reach.preferences.schemas import PreferenceIn, PreferencesOut
from heed_customer.reach.preferences.views import preference_page, problem_page, unsubscribed_page

router = http.router(prefix="/p", tags=["preferences"], public=True, stores_responses=False)

Token = Annotated[str, Path(description="The last part of the private link.")]
ONE_CLICK = ("List-Unsubscribe", "One-Click")
ONE_CLICK_VALUE = {"const": ONE_CLICK[1], "description": "As mail programs send it (RFC 8058)."}
MULTIPART = "multipart/form-data"


@router.get("/{token}", response_model=PreferencesOut, responses=negotiation.HTML_PAGE | negotiation.PROBLEM_OR_PAGE)
async def get_preferences(
    request: Request, token: Token, session: DbSession, now: Now, lang: LanguageQuery = None
) -> Response:
    """Return the preferences: a page, or JSON with `Accept: application/json`. 404 `link_unknown`, 410."""
    language = negotiation.requested_language(request, lang)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        preferences = await service.get_preferences(session, token=token, now=now)
    body = PreferencesOut.from_domain(preferences, language=language)
    if negotiation.wants_json(request):
        headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept, Accept-Language"}
        return JSONResponse(body.model_dump(mode="json"), headers=headers | {"Referrer-Policy": "no-referrer"})
    return negotiation.html_response(preference_page(body, token=token))


@router.post(
    "/{token}/consents/{purpose}/{channel}",
    status_code=204,
    response_class=Response,
    responses=negotiation.REDIRECT | negotiation.PROBLEM_OR_PAGE,
    openapi_extra=negotiation.request_body_schema(PreferenceIn, negotiation.JSON, negotiation.FORM),
)
async def decide_preference(
    request: Request,
    token: Token,
    purpose: ConsentPurpose,
    channel: ConsentChannel,
    session: DbSession,
    cipher: CipherDep,
    access: Access,
    now: Now,
    lang: LanguageQuery = None,
) -> Response:
    """Grant or withdraw a consent; profiling and sensitive data over all channels. 404, 410, 422, 429."""
    language = negotiation.requested_language(request, lang)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        access.check_client(request, now=now)
        await service.customer_of(session, token=token, now=now)
        body = _parse(await negotiation.parse_body(request))
        await service.decide(
            session,
            token=token,
            purpose=purpose,
            channel=channel,
            granted=body.granted,
            source=service.PAGE,
            cipher=cipher,
            now=now,
        )
    if negotiation.wants_page(request):
        return negotiation.redirect(f"/p/{token}?lang={language}")
    return Response(status_code=204)


@router.get(
    "/{token}/unsubscribe/{purpose}/{channel}", status_code=303, response_class=Response, responses=negotiation.REDIRECT
)
async def open_unsubscribe_link(token: Token, purpose: ConsentPurpose, channel: ConsentChannel) -> Response:
    """Redirect to the preferences: programs that follow every link of a mail unsubscribe no one."""
    return negotiation.redirect(f"/p/{token}")


@router.post(
    "/{token}/unsubscribe/{purpose}/{channel}",
    response_class=Response,
    responses=negotiation.HTML_PAGE | negotiation.PROBLEM_OR_PAGE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                media_type: {"schema": {"type": "object", "properties": {ONE_CLICK[0]: ONE_CLICK_VALUE}}}
                for media_type in (negotiation.FORM, MULTIPART)
            },
        }
    },
)
async def unsubscribe_with_one_click(
    request: Request,
    token: Token,
    purpose: ConsentPurpose,
    channel: ConsentChannel,
    session: DbSession,
    cipher: CipherDep,
    access: Access,
    now: Now,
) -> Response:
    """Withdraw the consent at once, as mailbox providers request it (RFC 8058). 404, 410, 422 `not_one_click`, 429."""
    language = negotiation.requested_language(request, None)
    with negotiation.problems_as_pages(request, lambda problem: problem_page(problem, language=language)):
        access.check_one_click(token, now=now)
        if not _is_one_click(request.headers.get("content-type", ""), await request.body()):
            raise NotOneClick
        await service.decide(
            session,
            token=token,
            purpose=purpose,
            channel=channel,
            granted=False,
            source=service.ONE_CLICK,
            cipher=cipher,
            now=now,
        )
    return negotiation.html_response(unsubscribed_page(token=token, language=language))


def _parse(given: object) -> PreferenceIn:
    try:
        return PreferenceIn.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None


def _is_one_click(content_type: str, body: bytes) -> bool:
    """Return whether the form has the field of RFC 8058; providers send either kind of form."""
    if content_type.lower().startswith(MULTIPART):
        return ONE_CLICK in _multipart_fields(content_type, body)
    try:
        return ONE_CLICK in parse_qsl(body.decode("latin-1"), max_num_fields=negotiation.MAX_FIELDS)
    except ValueError:
        return False


def _multipart_fields(content_type: str, body: bytes) -> list[tuple[object, str]]:
    form = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    return [
        (part.get_param("name", header="content-disposition"), str(part.get_payload()).strip())
        for part in form.walk()
        if not part.is_multipart()
    ]
