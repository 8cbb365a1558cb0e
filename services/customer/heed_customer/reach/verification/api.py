"""HTTP API of verifications."""

from uuid import UUID

from fastapi import Request, Response

from heed_common import http
from heed_common.http import CipherDep, DbSession, Now, errors, etag, requires
from heed_customer.reach.contacts.api import Masked
from heed_customer.reach.contacts.schemas import ContactOut
from heed_customer.reach.verification import service
from heed_customer.reach.verification.errors import WrongCode
from heed_customer.reach.verification.schemas import CodeIn, CodeSent
from heed_customer.reach.verification.service import CodeResult

router = http.router(prefix="/v1/customers/{customer_id}/contacts/{contact_id}", tags=["contacts"])
WRITE = [requires("contacts:write")]


@router.post(":send-code", status_code=202, dependencies=WRITE)
async def send_contact_code(
    customer_id: UUID, contact_id: UUID, session: DbSession, cipher: CipherDep, now: Now
) -> CodeSent:
    """Send a code of six digits to the contact, valid for ten minutes.

    409 `contact_not_verifiable`, 429 `too_many_codes`: one a minute, five a day.
    """
    verification = await service.send_code(
        session, customer_id=customer_id, contact_id=contact_id, cipher=cipher, now=now
    )
    return CodeSent.from_domain(verification)


@router.post(":verify", response_model=ContactOut, dependencies=WRITE)
async def verify_contact(
    customer_id: UUID,
    contact_id: UUID,
    body: CodeIn,
    masked: Masked,
    session: DbSession,
    cipher: CipherDep,
    now: Now,
    request: Request,
    response: Response,
) -> ContactOut | Response:
    """Verify the contact by the code that was sent to it.

    422 `wrong_code`; 409 `no_code_sent`, also when it expired and after five wrong ones.
    """
    result, contact = await service.verify(
        session, customer_id=customer_id, contact_id=contact_id, code=body.code, cipher=cipher, now=now
    )
    if result is CodeResult.WRONG:
        return errors.response(WrongCode(pointer="/code"), request_id=request.state.request_id)
    response.headers["ETag"] = etag(contact.row.revision)
    return ContactOut.from_domain(contact, masked=masked)
