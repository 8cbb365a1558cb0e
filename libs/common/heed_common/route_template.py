"""Route names in logs and metrics: the template, never the path with ids in it."""

import re
from collections.abc import Mapping
from typing import Any

NOT_ROUTED = "unmatched"
HEX = "[0-9a-f]"
IDS_IN_PATH = re.compile(rf"(?<=/){HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}(?=/|$)")
"""Ids as Heed prints them."""
PARAMETERS = re.compile(r"\{[a-z_]+\}")


def route_template(scope: Mapping[str, Any]) -> str:
    """Return the template with the prefixes of its routers, such as `/v1/customers/{id}`."""
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path_format", None) or NOT_ROUTED


def key_of_template(template: str) -> str:
    """Return the key under which all paths of a template are found, whatever the ids in them."""
    return PARAMETERS.sub("{}", template)


def key_of_path(path: str) -> str:
    """Return the key of the template that the path may be of."""
    return IDS_IN_PATH.sub("{}", path)
