"""Owners of paths: one table for the embedded gateway, the documents, and the tests of the nginx gateway."""

import re
from urllib.parse import parse_qs

SERVICES = ("customer", "complaint", "survey", "scoring")
PLATFORM = "platform"
"""Serves what belongs to all services."""
RESOURCES = {
    "customer": (
        *("customers", "contacts", "messages", "purchases", "interactions", "referrals", "segments", "care"),
        *("webhooks", "events"),
    ),
    "complaint": ("complaints", "sla", "playbooks", "guarantees", "agreements", "taxonomies", "intake"),
    "survey": ("surveys", "responses"),
    "scoring": ("scores", "models", "portfolio"),
    "platform": ("whoami", "keys", "audit"),
}
IMPORTS = {"customer": ("customers", "purchases"), "complaint": ("complaints",), "survey": ("responses",)}
FORM_OWNERS = {"c": "complaint", "p": "customer", "s": "survey"}
"""Pages for users without a token: the status of a complaint, preferences of a customer, the form of a survey."""

OWNERS = {f"/v1/{name}": service for service, names in RESOURCES.items() for name in names} | {
    f"/v1/imports/{name}": service for service, names in IMPORTS.items() for name in names
}
ADMIN = re.compile(r"/v1/admin(?=[/:.]|$)")
"""Paths that every service has: the query parameter `service` selects one."""
PREFIX = re.compile(r"(/v1/(?:imports/)?[a-z]+)(?=[/:.]|$)")
FORM = re.compile(r"/([a-z])/")


def owner_of(path: str, query: bytes = b"") -> str | None:
    """Return the service that owns the path; None for an unknown or a shared path."""
    if ADMIN.match(path):
        return _named_service(query)
    if found := PREFIX.match(path):
        return OWNERS.get(found[1])
    if found := FORM.match(path):
        return FORM_OWNERS.get(found[1])
    return None


def _named_service(query: bytes) -> str:
    """Return the service in the query, or the first one, which rejects a query without a service like any other."""
    named = parse_qs(query.decode("latin-1")).get("service", [""])[0]
    return named if named in SERVICES else SERVICES[0]
