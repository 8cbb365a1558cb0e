"""HTTP API of sensitive fields: their verification, and the log of who read them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from heed_common import http
from heed_common.fields import ShortText
from heed_common.http import Caller, DbSession, Now, requires
from heed_common.http.filters import Times
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.accounts.sensitive_fields import service
from heed_customer.accounts.sensitive_fields.schemas import SensitiveReadOut, VerificationIn, VerificationOut
from heed_customer.accounts.sensitive_fields.tables import SensitiveRead, SensitiveValue

router = http.router(prefix="/v1/customers", tags=["profiles"])


@router.put(
    "/{customer_id}/profile/{group}/{field}/verification",
    response_model=VerificationOut,
    dependencies=[requires("customers:write", "profiles:sensitive:write")],
)
async def put_verification(
    customer_id: UUID,
    group: str,
    field: str,
    body: VerificationIn,
    session: DbSession,
    caller: Caller,
    now: Now,
) -> SensitiveValue:
    """Record that a clerk has checked the `id_number` of `basics`; a new value is unverified.

    404 `sensitive_field_not_found`.
    """
    return await service.verify(
        session, customer_id=customer_id, group=group, field=field, verified=body.verified, by=caller.id, now=now
    )


@router.get(":sensitive-reads", dependencies=[requires("admin:read")])
async def list_sensitive_reads(
    session: DbSession,
    page: PageQuery,
    times: Times,
    customer_id: UUID | None = None,
    read_by: Annotated[ShortText | None, Query(description="The caller, exactly.")] = None,
) -> Page[SensitiveReadOut]:
    """List who read which sensitive field when, the newest first."""
    (after,) = page.after(UUID) or (None,)
    rows = await service.list_reads(
        session,
        customer_id=customer_id,
        read_by=read_by,
        read_from=times.since,
        read_to=times.until,
        after=after,
        limit=page.fetch_limit,
    )
    items, next_cursor = paginate(rows, page, key=lambda read: (read.id,))
    return Page(items=page.show(items, _to_out), next_cursor=next_cursor)


def _to_out(read: SensitiveRead) -> SensitiveReadOut:
    return SensitiveReadOut(
        id=read.id,
        customer_id=read.customer_id,
        group=read.profile_group,
        field=read.field,
        read_at=read.read_at,
        read_by=read.read_by,
    )
