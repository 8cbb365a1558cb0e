"""Access to the metrics of the all-in-one product: from this machine, or with the operator scope."""

import httpx
import pytest

from heed.app import ProductMetrics, create_app
from heed.interface_docs.write import Documents
from heed_common.auth.scopes import Caller, TokenInvalid
from heed_common.health import Readiness
from heed_common.http.app import create_probes
from heed_common.metrics import Metrics
from tests.common.http.problem_assertions import assert_problem

pytestmark = pytest.mark.asyncio

ELSEWHERE = "203.0.113.7"
SCOPES = {"admin": "admin:read", "clerk": "scores:read"}


class Keys:
    async def authenticate(self, token: str) -> Caller:
        if token not in SCOPES:
            raise TokenInvalid
        return Caller(token, frozenset({SCOPES[token]}))


def asking_from(host: str, app=None) -> httpx.AsyncClient:
    app = app or create_app(
        {},
        documents=lambda: Documents({}, {}, {}, {}),
        readiness=Readiness(),
        metrics=ProductMetrics([]),
        authenticator=Keys(),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(host, 1)), base_url="http://heed")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_local_scraper_can_read_the_metrics(host):
    async with asking_from(host) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert b"heed_event_loop_lag_seconds" in answer.content


async def test_remote_clients_need_a_token_with_the_operator_scope():
    async with asking_from(ELSEWHERE) as client:
        assert_problem(await client.get("/metrics"), 401, "unauthenticated")
        for token, status in (("nobody", 401), ("clerk", 403), ("admin", 200)):
            answer = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
        assert (await client.get("/livez")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "/asyncapi.json", "/schemas/none"]
)
async def test_head_requests_get_the_same_status_as_get_requests(path):
    async with asking_from("127.0.0.1") as client:
        got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert got.status_code == (404 if path == "/schemas/none" else 200)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
async def test_a_local_proxy_does_not_open_the_metrics_to_its_clients(header):
    async with asking_from("127.0.0.1") as client:
        assert (await client.get("/metrics", headers={header: ELSEWHERE})).status_code == 401


async def test_the_port_of_a_worker_can_be_scraped_within_the_network():
    async with asking_from("172.18.0.5", create_probes(Readiness(), Metrics("scoring"))) as client:
        assert (await client.get("/metrics")).status_code == 200
