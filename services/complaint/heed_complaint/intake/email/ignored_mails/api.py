"""HTTP API of ignored mails."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from heed_common import http, paging
from heed_common.http import CipherDep, DbSession, requires
from heed_common.paging import Page, PageQuery
from heed_complaint.core.visibility_guard import SeesConfidential
from heed_complaint.intake.email import content
from heed_complaint.intake.email.classification.rules import IgnoredReason
from heed_complaint.intake.email.ignored_mails import service
from heed_complaint.intake.email.ignored_mails.schemas import IgnoredMailOut

router = http.router(prefix="/v1/intake/ignored-mails", tags=["intake"])


@router.get("", dependencies=[requires("complaints:read")])
async def list_ignored_mails(
    session: DbSession,
    page: PageQuery,
    cipher: CipherDep,
    confidential: SeesConfidential,
    reason: Annotated[IgnoredReason | None, Query()] = None,
) -> Page[IgnoredMailOut]:
    """Return the ignored mails of the last 90 days, the newest first, with reason and evidence."""
    after = page.after(datetime, str)
    found = await service.list_ignored_mails(
        session, reason=reason, confidential=confidential, after=after, limit=page.fetch_limit
    )
    shown, next_cursor = paging.paginate(found, page, key=lambda mail: (mail.received_at, mail.key.hex()))
    items = page.show(
        shown,
        lambda mail: IgnoredMailOut.from_domain(content.decrypt(mail, cipher=cipher)),
        name=lambda mail: mail.key.hex(),
    )
    return Page(items=items, next_cursor=next_cursor)
