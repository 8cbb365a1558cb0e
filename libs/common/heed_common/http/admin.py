"""The operators' calls under `/v1/admin`: every service has the same paths, `service` in the query names the owner."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from heed_common.http.routes import IdempotentRoute
from heed_common.problems import Invalid, pointer
from heed_common.settings import ServiceSettings

PREFIX = "/v1/admin"
ServiceName = Literal["customer", "complaint", "survey", "scoring"]


async def require_own_service(
    request: Request, service: Annotated[ServiceName, Query(description="Whose database it is about.")]
) -> None:
    """Refuse a call that names another service: the front doors route by this name, a direct call may be mistaken."""
    settings: ServiceSettings = request.app.state.settings
    if service != settings.service:
        entry = {"pointer": pointer(["service"]), "detail": "names another service than this one", "in": "query"}
        raise Invalid([entry])


def admin_router(name: str) -> APIRouter:
    """Return a router for `/v1/admin/<name>`; its endpoints ask for `admin:read` or `admin:write` themselves."""
    return APIRouter(
        prefix=f"{PREFIX}/{name}",
        tags=["admin"],
        route_class=IdempotentRoute,
        dependencies=[Depends(require_own_service)],
    )
