"""Door 1 for a mail gateway."""

from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import ValidationError

from heed_common import http
from heed_common.http import DbSession, Now, invalid
from heed_complaint.intake.http import IntakeDoor
from heed_complaint.mails import rules, service
from heed_complaint.mails.errors import MailIntakeOff
from heed_complaint.mails.schemas import MailIn, TakenInOut
from heed_complaint.mails.service import Outcome
from heed_complaint.pages import http as browsers

OPENED: http.Responses = {201: {"model": TakenInOut, "description": "The mail has opened a complaint."}}
router = http.router(prefix="/v1/intake", tags=["intake"], public=True, keeps_answers=False)


@router.post("/mail", responses=OPENED, openapi_extra=browsers.asks_for(MailIn, browsers.JSON))
async def take_in_mail(
    request: Request,
    session: DbSession,
    door: IntakeDoor,
    now: Now,
    response: Response,
    heed_timestamp: Annotated[str, Header(description="Seconds since 1970.")] = "",
    heed_signature: Annotated[str, Header(description="`v1=` and the HMAC in hexadecimal digits.")] = "",
) -> TakenInOut:
    """Opens a complaint (201) or keeps an answer with its complaint.

    Signed with HMAC-SHA256 over `<Heed-Timestamp>.<raw body>` with HEED_INTAKE_MAIL_SECRET. 401 `signature_invalid`,
    `signature_expired`, 409 `mail_replayed`, 413, 422, 503 `mail_intake_off`.
    """
    secret = request.app.state.settings.intake_mail_secret
    if secret is None:
        raise MailIntakeOff
    signature = rules.check_signature(
        secret.get_secret_value(),
        timestamp=heed_timestamp,
        signature=heed_signature,
        body=await request.body(),
        now=now,
    )
    await service.note_delivery(session, signature=signature, now=now)
    mail = _read(await request.json()).as_mail()
    taken = await service.take_in(session, mail=mail, currency=door.currency, link_days=door.link_days, now=now)
    response.status_code = 201 if taken.outcome is Outcome.OPENED else 200
    return TakenInOut.of(taken)


def _read(given: object) -> MailIn:
    try:
        return MailIn.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
