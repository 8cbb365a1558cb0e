"""HTTP API of profiles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends, Response

from heed_common import http
from heed_common.http import Caller, CipherDep, DbSession, IfMatch, Now, etag, requires
from heed_common.paging import Page, PageQuery, paginate
from heed_customer.accounts.profiles import service
from heed_customer.accounts.profiles.groups.catalogue import ProfileGroup
from heed_customer.accounts.profiles.schemas import ProfileChangeOut
from heed_customer.accounts.profiles.service import Access, ProfileView
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.api import set_content_location

router = http.router(prefix="/v1/customers/{customer_id}/profile/{group}", tags=["profiles"])
READ, WRITE = [requires("customers:read")], [requires("customers:write")]
MAX_FIELDS = 100

ProfileBody = Annotated[
    dict[str, Any],
    Body(
        max_length=MAX_FIELDS,
        description="The fields of the group, by the schema that is published as `/schemas/profile.{group}`.",
    ),
]


def requested_group(group: str) -> ProfileGroup:
    return service.parse_group(group)


def access(caller: Caller, cipher: CipherDep) -> Access:
    return Access(caller, cipher)


Group = Annotated[ProfileGroup, Depends(requested_group)]
AccessDep = Annotated[Access, Depends(access)]


@router.get("", dependencies=READ)
async def get_profile(
    customer_id: UUID, group: Group, session: DbSession, caller_access: AccessDep, now: Now, response: Response
) -> dict[str, Any]:
    """Return a group of the customer's profile, of a merged one that of the survivor.

    Sensitive fields need `profiles:sensitive:read` and the customer's consent; `withheld` names those not shown. Each
    read of them is recorded. 404 `profile_group_unknown`, 409 `profile_group_not_applicable`.
    """
    profile = await service.get_profile(session, customer_id=customer_id, group=group, access=caller_access, now=now)
    if profile.customer_id != customer_id:
        response.headers["Content-Location"] = f"/v1/customers/{profile.customer_id}/profile/{group}"
    return _with_headers(profile, response)


@router.put("", dependencies=WRITE)
async def put_profile(
    customer_id: UUID,
    group: Group,
    body: ProfileBody,
    session: DbSession,
    caller_access: AccessDep,
    if_match: IfMatch,
    now: Now,
    response: Response,
) -> dict[str, Any]:
    """Replace a group of the customer's profile (If-Match if it exists): omitted fields are cleared.

    Sensitive fields need `profiles:sensitive:write`; those that the caller is not shown stay. 409
    `sensitive_consent_missing`, `customer_merged`, `profile_group_not_applicable`, 412, 422 with pointers, 428.
    """
    profile = await service.put_profile(
        session,
        customer_id=customer_id,
        group=group,
        document=body,
        access=caller_access,
        if_match=if_match,
        now=now,
    )
    return _with_headers(profile, response)


@router.get("/history", dependencies=READ)
async def list_profile_changes(
    customer_id: UUID, group: Group, session: DbSession, page: PageQuery, response: Response
) -> Page[ProfileChangeOut]:
    """List the changes of a group, the newest first: which fields, when, by whom. Sensitive values are in none."""
    (after,) = page.after(UUID) or (None,)
    family = await customers.get_family(session, customer_id=customer_id)
    set_content_location(response, family.survivor, requested_id=customer_id, part=f"/profile/{group}/history")
    rows = await service.list_changes(session, family=family, group=group, after=after, limit=page.fetch_limit)
    items, next_cursor = paginate(rows, page, key=lambda change: (change.id,))
    return Page(items=page.show(items, ProfileChangeOut.model_validate), next_cursor=next_cursor)


def _with_headers(profile: ProfileView, response: Response) -> dict[str, Any]:
    response.headers["ETag"] = etag(profile.revision)
    response.headers["Link"] = f'</schemas/profile.{profile.group}>; rel="describedby"'
    return profile.to_document()
