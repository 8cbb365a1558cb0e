"""HTTP API for mail gateways."""

import asyncio
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import ValidationError

from heed_common import http
from heed_common.http import DbSession, Now, get_settings, invalid
from heed_common.http.negotiation import JSON, request_body_schema
from heed_complaint.intake.email import rules, service
from heed_complaint.intake.email.classification.rules import IgnoredReason, find_mark
from heed_complaint.intake.email.errors import MailIntakeOff
from heed_complaint.intake.email.parsing.bounces import find_bounce
from heed_complaint.intake.email.parsing.gateways import parse_document, raw_message
from heed_complaint.intake.email.rules import Mail
from heed_complaint.intake.email.schemas import MailIn, MailResultOut
from heed_complaint.intake.email.service import MailOutcome
from heed_complaint.intake.public_access.dependencies import Intake
from heed_complaint.settings import Settings

OPENED: http.Responses = {201: {"model": MailResultOut, "description": "The mail has opened a complaint."}}
RAW = "message/rfc822"
REQUEST_BODY = request_body_schema(MailIn, JSON)
REQUEST_BODY["requestBody"]["content"][RAW] = {"schema": {"type": "string", "format": "binary"}}
router = http.router(prefix="/v1/intake", tags=["intake"], public=True, stores_responses=False)


@router.post("/mail", responses=OPENED, openapi_extra=REQUEST_BODY)
async def receive_mail(
    request: Request,
    session: DbSession,
    intake: Intake,
    settings: Annotated[Settings, Depends(get_settings)],
    now: Now,
    response: Response,
    heed_timestamp: Annotated[str, Header(description="Seconds since 1970.")] = "",
    heed_signature: Annotated[str, Header(description="`v1=` and the HMAC in hexadecimal digits.")] = "",
) -> MailResultOut:
    """Open a complaint (201), add a reply to its complaint, or ignore a mail that no person wrote (200, `reason`).

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
    # In a thread: parsing a hostile mail may take long, and must not block other requests.
    mail = await asyncio.to_thread(_parse, given)
    await service.consume_signature(session, signature=signature, now=now)
    result = await service.receive_mail(
        session,
        mail=mail,
        currency=intake.currency,
        link_days=intake.link_days,
        now=now,
        own_lists=intake.mail_lists,
    )
    response.status_code = 201 if result.outcome is MailOutcome.OPENED else 200
    return MailResultOut.from_domain(result, domain=intake.mail_domain)


def _is_raw(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == RAW


def _parse(given: object) -> Mail:
    try:
        mail = MailIn.model_validate(parse_document(given)).to_domain()
    except ValidationError as error:
        raise invalid(error) from None
    mark = find_mark(mail.evidence(()))
    if mark is None or mark.reason is not IgnoredReason.BOUNCE:
        return mail
    return replace(mail, bounce=find_bounce(raw_message(given), headers=mail.headers, text=mail.text))
