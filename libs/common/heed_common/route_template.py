"""Route names in logs and metrics: the template, never the path with ids in it."""

from collections.abc import Mapping
from typing import Any

NOT_ROUTED = "unmatched"


def route_template(scope: Mapping[str, Any]) -> str:
    """Return the template with the prefixes of its routers, such as `/v1/customers/{id}`."""
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path_format", None) or NOT_ROUTED
