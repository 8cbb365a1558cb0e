"""HTTP API of contacts."""

from uuid import UUID

from heed_common import http
from heed_common.fields import ResponseModel
from heed_common.http import DbSession, requires
from heed_complaint.core.contacts.content import StoredContact
from heed_complaint.intake.submissions import service

router = http.router(prefix="/v1/complaints", tags=["intake"])


class ComplainantContactOut(ResponseModel):
    """Personal data: only for callers with `contacts:read`."""

    name: str | None
    """As the sender gave it; null if it was not given."""
    address: str | None
    """For replies; null if it was not given."""
    language: str


@router.get(
    "/{complaint_id:uuid}/contact",
    response_model=ComplainantContactOut,
    dependencies=[requires("complaints:read", "contacts:read")],
)
async def get_contact(complaint_id: UUID, session: DbSession) -> StoredContact:
    """Return how to reach the sender of a form or mail. 404 `contact_unknown`."""
    return await service.get_contact(session, complaint_id=complaint_id)
