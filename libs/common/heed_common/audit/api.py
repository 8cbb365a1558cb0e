"""HTTP API of the audit trail."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request

from heed_common import http
from heed_common.audit import service as audit
from heed_common.audit.repository import AuditFilter
from heed_common.audit.schemas import AuditEntryOut
from heed_common.audit.service import Databases, position
from heed_common.auth.scopes import KEY_CALLER
from heed_common.fields import Moment
from heed_common.http import requires
from heed_common.paging import Page, PageQuery, paginate
from heed_common.problems import Invalid, json_pointer

MAX_ACTOR, MAX_ACTION = 300, 200
AuditedService = Literal["customer", "complaint", "survey", "scoring", "platform"]

router = http.router(prefix="/v1/audit", tags=["audit"])


async def audit_databases(request: Request) -> Databases:
    databases: Databases = request.app.state.key_databases
    return databases


async def audit_filter(
    key: Annotated[str | None, Query(pattern=r"^[a-z0-9]{1,64}$", description="The key through which.")] = None,
    actor: Annotated[str | None, Query(max_length=MAX_ACTOR, description="The caller, exactly.")] = None,
    action: Annotated[str | None, Query(max_length=MAX_ACTION, examples=["POST /v1/purchases"])] = None,
    resource_id: Annotated[UUID | None, Query(description="An id in the path, or of what was created.")] = None,
    managed_key: Annotated[str | None, Query(pattern=r"^[a-z0-9]{1,64}$", description="The key that changed.")] = None,
    starts_at: Annotated[Moment | None, Query(alias="from", description="At or after this moment.")] = None,
    ends_at: Annotated[Moment | None, Query(alias="to", description="Before this moment.")] = None,
    service: AuditedService | None = None,
) -> AuditFilter:
    if key is not None and actor is not None:
        raise Invalid([{"pointer": json_pointer(["key"]), "detail": "excludes actor", "in": "query"}])
    by = actor if key is None else f"{KEY_CALLER}{key}"
    return AuditFilter(by, action, resource_id, managed_key, starts_at, ends_at, service)


AllDatabases = Annotated[Databases, Depends(audit_databases)]
Filters = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("", dependencies=[requires("admin:read")])
async def list_audit_entries(databases: AllDatabases, page: PageQuery, filters: Filters) -> Page[AuditEntryOut]:
    """List who did what through which key in all services, the newest first: ids and operations, no values.

    503 `audit_incomplete` names the services whose database is unavailable.
    """
    found = await audit.list_entries(databases, filters, before=page.after(datetime, UUID), limit=page.fetch_limit)
    entries, next_cursor = paginate(found, page, key=position)
    return Page(items=page.show(entries, AuditEntryOut.from_domain), next_cursor=next_cursor)
