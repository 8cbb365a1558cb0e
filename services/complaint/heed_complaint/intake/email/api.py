"""HTTP API for a mail gateway."""

import asyncio
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import ValidationError

from heed_common import http
from heed_common.http import DbSession, Now, get_settings, invalid
from heed_complaint.intake.email import rules, service
from heed_complaint.intake.email.errors import MailIntakeOff
from heed_complaint.intake.email.parsing.gateways import parse_document
from heed_complaint.intake.email.rules import Mail
from heed_complaint.intake.email.schemas import MailIn, TakenInOut
from heed_complaint.intake.email.service import Outcome
from heed_complaint.intake.html import negotiation as browsers
from heed_complaint.intake.web_form.dependencies import IntakeDoor
from heed_complaint.settings import Settings

OPENED: http.Responses = {201: {"model": TakenInOut, "description": "The mail has opened a complaint."}}
RAW = "message/rfc822"
REQUEST_BODY = browsers.asks_for(MailIn, browsers.JSON)
REQUEST_BODY["requestBody"]["content"][RAW] = {"schema": {"type": "string", "format": "binary"}}
router = http.router(prefix="/v1/intake", tags=["intake"], public=True, stores_responses=False)


@router.post("/mail", responses=OPENED, openapi_extra=REQUEST_BODY)
async def take_in_mail(
    request: Request,
    session: DbSession,
    door: IntakeDoor,
    settings: Annotated[Settings, Depends(get_settings)],
    now: Now,
    response: Response,
    heed_timestamp: Annotated[str, Header(description="Seconds since 1970.")] = "",
    heed_signature: Annotated[str, Header(description="`v1=` and the HMAC in hexadecimal digits.")] = "",
) -> TakenInOut:
    """Open a complaint (201), store an answer with its complaint, or ignore what no person wrote (200, `reason`).

    The body is JSON in Heed's own shape or that of SendGrid, Mailgun, Postmark, Mailjet or Amazon SES, or the raw
    message as `message/rfc822`. Send the customer a mail only where `status_link` is given.

    Signed with HMAC-SHA256 over `<Heed-Timestamp>.<raw body>` with HEED_INTAKE_MAIL_SECRET. 401 `signature_invalid`,
    `signature_expired`, 409 `mail_replayed`, 413, 422, 503 `mail_intake_off`.
    """
    secret = settings.intake_mail_secret
    if secret is None:
        raise MailIntakeOff
    body = await request.body()
    signature = rules.check_signature(
        secret.get_secret_value(), timestamp=heed_timestamp, signature=heed_signature, body=body, now=now
    )
    given = body if _is_raw(request) else await request.json()
    # Parsing a hostile mail may take long; other requests go on in the meantime.
    mail = await asyncio.to_thread(_read, given)
    await service.note_delivery(session, signature=signature, now=now)
    taken = await service.take_in(
        session, mail=mail, currency=door.currency, link_days=door.link_days, now=now, own_lists=door.mail_lists
    )
    response.status_code = 201 if taken.outcome is Outcome.OPENED else 200
    return TakenInOut.from_result(taken, domain=door.mail_domain)


def _is_raw(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == RAW


def _read(given: object) -> Mail:
    try:
        return MailIn.model_validate(parse_document(given)).to_domain()
    except ValidationError as error:
        raise invalid(error) from None
