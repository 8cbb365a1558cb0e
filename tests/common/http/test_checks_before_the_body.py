"""Callers without permission are rejected before the body is read, and no connection is held while a body arrives."""

import asyncio
import re
from importlib import import_module
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.auth.scopes import SCOPES, Caller
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_survey.call_backs import service as call_backs
from tests.app_cache import laid_out
from tests.common import sample_app
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio

SERVICES = ("customer", "complaint", "survey", "scoring")
WRITES = ("post", "put", "patch", "delete")
QUERIES = {"/v1/imports/responses": f"survey_id={call_backs.SURVEY_ID}"}
"""Of calls that need one: a file of responses is read only if its survey exists."""
IDLE = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
""")


class Stranger:
    """Accept every token, with these scopes."""

    def __init__(self, *scopes: str) -> None:
        self._scopes = frozenset(scopes)

    async def authenticate(self, token: str) -> Caller:
        return Caller("key:stranger", self._scopes)


class HalfSent:
    """A request of which the first byte of the body has come, and perhaps never more."""

    def __init__(self, app, method: str, path: str, *, key: str | None = None) -> None:
        headers = [(b"authorization", b"Bearer x"), (b"content-type", b"application/json"), (b"content-length", b"9")]
        if path.startswith("/v1/imports/"):
            headers[1] = (b"content-type", b"text/csv")
        if key:
            headers.append((b"idempotency-key", key.encode()))
        address = re.sub(r"\{[^}]+\}", str(uuid4()), path)
        self._scope = {"type": "http", "http_version": "1.1", "method": method.upper(), "path": address}
        query = QUERIES.get(path, "").encode()
        self._scope |= {"query_string": query, "headers": headers, "client": ("127.0.0.1", 1), "server": ("h", 80)}
        self._app = app
        self._first = [{"type": "http.request", "body": b"{", "more_body": True}]
        self.waits = asyncio.Event()
        """Set as soon as the application waits for the rest of the body."""
        self._gone = asyncio.Event()
        self.status = 0

    async def _receive(self):
        if self._first:
            return self._first.pop()
        self.waits.set()
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.status = message.get("status", self.status)

    async def run(self) -> None:
        await self._app(self._scope, self._receive, self._send)

    def leave(self) -> None:
        self._gone.set()


@pytest.fixture(params=SERVICES)
def service(request):
    return request.param


def create(service: str, url: str) -> tuple[object, Resources]:
    settings = import_module(f"heed_{service}.settings").Settings(database_url=url, intake_mail_secret="x" * 32)
    resources = Resources(Database(url, pool_size=2), SystemClock(), Metrics(service))
    return laid_out(import_module(f"heed_{service}.app").create_app(settings, resources)), resources


def writes(app):
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if method in WRITES:
                yield (
                    method,
                    path,
                    [scope for each in operation.get("security", ()) for scope in each.get("bearer", ())],
                )


@pytest.mark.parametrize("key", [None, "one"])
async def test_without_the_scope_a_half_sent_body_is_answered_403_at_once(service, key):
    """No request can reach a database here: there is none."""
    app, _ = create(service, "postgresql://nobody@127.0.0.1:1/none")
    app.state.authenticator = Stranger("admin:read")
    calls = [(method, path) for method, path, scopes in writes(app) if scopes]
    assert calls
    for method, path in calls:
        request = HalfSent(app, method, path, key=key)
        await asyncio.wait_for(request.run(), 20)
        assert (request.status, request.waits.is_set(), path) == (403, False, path)


@pytest.mark.parametrize("key", [None, "one"])
async def test_while_a_body_arrives_no_connection_is_held(service, key, databases):
    name = await databases.clone(f"heed_{service}")
    app, resources = create(service, databases.url(name))
    app.state.authenticator = Stranger(*SCOPES)
    if service == "survey":
        async with resources.database.transaction() as session:
            await call_backs.ensure_survey(session, now=NOON)
    calls = [(method, path) for method, path, _ in writes(app) if method != "delete"]
    assert calls
    for method, path in calls:
        request = HalfSent(app, method, path, key=key)
        running = asyncio.create_task(request.run())
        waits = asyncio.create_task(request.waits.wait())
        await asyncio.wait([running, waits], return_when=asyncio.FIRST_COMPLETED, timeout=20)
        assert request.waits.is_set(), f"{method} {path} answered {request.status} without its body"
        assert resources.database.engine.pool.checkedout() == 0, f"{method} {path} holds a connection"
        request.leave()
        await asyncio.wait_for(running, 20)
        assert request.status == 400, path
    async with resources.database.transaction() as session:
        assert await session.scalar(IDLE) == 0
    await resources.close()
    await databases.drop(name)


async def test_twenty_half_sent_bodies_hold_no_database_connection(app, database, clock):
    """With a pool of ten connections they did: everybody else waited, and then the product ended."""
    token = await sample_app.make_token(database, now=clock.now())
    app.state.authenticator = Stranger("customers:write", "customers:read")
    sent = [HalfSent(app, "POST", "/v1/samples", key=f"key-{number}") for number in range(20)]
    running = [asyncio.create_task(each.run()) for each in sent]
    await asyncio.gather(*(asyncio.wait_for(each.waits.wait(), 20) for each in sent))
    async with sample_app.make_client(app, token) as client:
        assert (
            await client.post("/v1/samples", json={"name": "bear"}, headers={"Idempotency-Key": "x"})
        ).status_code == 201
    for each in sent:
        each.leave()
    await asyncio.gather(*running)
