"""Operator endpoints under `/v1/admin`: every service has the same paths, the query parameter `service` selects one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from heed_common.http.dependencies import SettingsDep
from heed_common.http.exports import ListRouter
from heed_common.http.routes import IdempotentRoute
from heed_common.problems import Invalid, json_pointer

PREFIX = "/v1/admin"
ServiceName = Literal["customer", "complaint", "survey", "scoring"]


async def require_own_service(
    settings: SettingsDep, service: Annotated[ServiceName, Query(description="The service whose database is meant.")]
) -> None:
    """Reject a call that names another service: gateways route by this name, a direct call may be wrong."""
    if service != settings.service:
        entry = {"pointer": json_pointer(["service"]), "detail": "names a different service", "in": "query"}
        raise Invalid([entry])


def admin_router(name: str) -> APIRouter:
    """Return a router for `/v1/admin/<name>`; its endpoints require `admin:read` or `admin:write` themselves."""
    return ListRouter(
        prefix=f"{PREFIX}/{name}",
        tags=["admin"],
        route_class=IdempotentRoute,
        dependencies=[Depends(require_own_service)],
    )
