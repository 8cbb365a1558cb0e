"""The embedded gateway and nginx route a path to the same service."""

import re
from pathlib import Path

import pytest

from heed.gateway import FORM_OWNERS, OWNERS, PLATFORM, SERVICES, owner_of

NGINX = Path(__file__).resolve().parents[2] / "deploy" / "gateway" / "nginx.conf"
LOCATION = re.compile(r'location (~|\^~|=) "?([^"{ ]+)"? \{\s+set \$service (\w+);')


def _nginx_owner(path: str) -> str | None:
    for kind, pattern, service in LOCATION.findall(NGINX.read_text()):
        if (kind == "~" and re.match(pattern, path)) or (kind == "^~" and path.startswith(pattern)):
            return service
    return None


@pytest.mark.parametrize("prefix", sorted(OWNERS))
def test_both_gateways_route_a_path_to_the_same_service(prefix):
    for path in (prefix, f"{prefix}/0193", f"{prefix}:batch", f"{prefix}/0193/timeline"):
        assert owner_of(path) == _nginx_owner(path) == OWNERS[prefix]


@pytest.mark.parametrize("letter", sorted(FORM_OWNERS))
def test_both_gateways_route_the_pages_to_the_same_service(letter):
    assert owner_of(f"/{letter}/token") == _nginx_owner(f"/{letter}/token") == FORM_OWNERS[letter]


@pytest.mark.parametrize("path", ["/v1/admin/dead-letters", "/v1/admin/consumers/heed-scoring:resume", "/v1/admin"])
def test_admin_calls_are_routed_to_the_service_in_the_query(path):
    for service in SERVICES:
        assert owner_of(path, f"limit=2&service={service}&error=KeyError".encode()) == service


@pytest.mark.parametrize(
    "query", [b"", b"service=", b"service=billing", b"services=scoring", b"\xff=%ff&&;=", b"service"]
)
def test_an_admin_call_without_a_service_is_rejected_by_the_first_one(query):
    assert owner_of("/v1/admin/dead-letters", query) == SERVICES[0]


def test_no_other_path_is_routed_by_its_query():
    assert owner_of("/v1/customers", b"service=scoring") == "customer"
    assert owner_of("/v1/administration", b"service=scoring") is None


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/customersx", "/v1/imports", "/v1/imports/scores", "/v2/customers", "/x/1"]
)
def test_an_unknown_path_has_no_owner(path):
    assert owner_of(path) is None
    assert _nginx_owner(path) is None


def test_nginx_has_no_prefix_that_the_embedded_gateway_lacks():
    named = {
        (prefix + name, service)
        for kind, pattern, service in LOCATION.findall(NGINX.read_text())
        if kind == "~" and service in (*SERVICES, PLATFORM) and pattern.startswith("^/v1/")
        for prefix, names in [re.match(r"\^(/v1/(?:imports/)?)\(?([a-z|]+)", pattern).groups()]
        for name in names.split("|")
    }
    assert named == set(OWNERS.items())
