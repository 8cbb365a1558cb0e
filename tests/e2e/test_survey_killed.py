"""The survey API as a process that is killed while people answer: no quota is exceeded, no link answers twice."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import LinkKind, LinkTarget
from tests.common.sample_app import make_token
from tests.e2e.product import is_ready
from tests.forks import Fork
from tests.kafka_server import free_port
from tests.survey.collection.browser import HIDDEN, Respondent
from tests.survey.factories import STUDY, TEXTS, create_published, make_item

pytestmark = [pytest.mark.asyncio, pytest.mark.e2e, pytest.mark.slow, pytest.mark.alone]
CLIENTS, LIMIT, KILLED_AT = 50, 100, (15, 45, 75)
RESPONDENTS = 20
START_SECONDS, PATIENCE = 120.0, 300.0


class KilledAPI:
    """`python -m heed_survey api` on one database and port; killed, it is started again."""

    def __init__(self, database: Database, folder: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")}
        self.port, self.output = free_port(), folder / "output"
        self._environment = inherited | {
            "HEED_SURVEY_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "HEED_CONTACT_KEYS": os.environ["HEED_CONTACT_KEYS"],
            "HEED_PORT": str(self.port),
            "HEED_DRAIN_SECONDS": "0",
        }
        self._process: Fork | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = Fork("heed_survey", "api", environment=self._environment, out=self.output, err=self.output)
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(self.port):
            assert self._process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as if the power had gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()


@pytest.fixture
def api(survey_database: Database, tmp_path: Path) -> Iterator[KilledAPI]:
    api = KilledAPI(survey_database, tmp_path)
    api.start()
    yield api
    api.kill()


@pytest_asyncio.fixture
async def client(api, survey_database):
    token = await make_token(survey_database, now=SystemClock().now())
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=api.base_url, headers=headers, limits=limits, timeout=60) as client:
        yield client


async def until_decided(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Repeat the request, as a client does, until the service has decided about it."""
    while True:
        try:
            response = await send()
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            continue
        if not is_undecided(response):
            return response
        await asyncio.sleep(0.05)


def is_undecided(response: httpx.Response) -> bool:
    """Whether the same request may get another answer: the backend of a killed process may hold its lock a while."""
    if response.status_code == 409:
        return response.json()["code"] == "idempotency_in_flight"
    return response.status_code >= 500 or "Retry-After" in response.headers


async def one(database: Database, query: str) -> int:
    async with database.transaction() as session:
        return (await session.execute(text(query))).scalar_one()


async def test_fifty_clients_fill_a_quota_of_a_hundred_exactly_though_the_service_is_killed(
    api, client, survey_database
):
    quotas = [{"name": "all", "when": {"all": []}, "limit": LIMIT}]
    survey = await create_published(client, title=TEXTS, items=[make_item()], quotas=quotas, study=STUDY)
    outcomes: Counter[int] = Counter()
    accepted: set[str] = set()

    async def answer(number: int) -> None:
        for attempt in range(4):
            external_id = f"r-{number}-{attempt}"
            body = {"external_id": external_id, "customer_id": str(uuid4()), "answers": {"effort": 1 + number % 7}}
            headers = {"Idempotency-Key": external_id} if number % 2 else {}
            path = f"/v1/surveys/{survey['id']}/responses"
            response = await until_decided(lambda: client.post(path, json=body, headers=headers))  # noqa: B023
            outcomes[response.status_code] += 1
            if response.status_code < 300:
                accepted.add(external_id)
            else:
                assert response.json()["code"] == "quota_full", response.text

    async def kill() -> None:
        for count in KILLED_AT:
            while len(accepted) < count:
                await asyncio.sleep(0.005)
            await asyncio.to_thread(api.restart)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(kill(), *(answer(number) for number in range(CLIENTS)))
    assert len(accepted) == LIMIT
    assert outcomes[409] == 4 * CLIENTS - LIMIT
    async with survey_database.transaction() as session:
        stored = (await session.scalars(text("SELECT external_id FROM response"))).all()
    assert sorted(stored) == sorted(accepted)
    assert await one(survey_database, "SELECT taken FROM quota_count") == LIMIT
    published = "SELECT count(*) FROM outbox WHERE type LIKE 'heed.response.received%'"
    assert await one(survey_database, published) == LIMIT


async def test_one_link_used_by_twenty_clients_at_once_is_one_response_though_the_service_is_killed(
    api, client, survey_database
):
    survey = await create_published(client)
    now = SystemClock().now()
    target = LinkTarget(survey_id=UUID(survey["id"]), customer_id=uuid4())
    async with survey_database.transaction() as session:
        issued = await links.create_link(session, kind=LinkKind.PERSONAL, target=target, expires_at=None, now=now)
    sending = asyncio.Event()

    async def answer() -> int:
        person = Respondent(client, issued.token)
        if (await until_decided(person.open)).status_code == 200:
            sending.set()
            fields = [*HIDDEN.findall(person.page), ("action", "next"), ("q.satisfaction", "2")]
            return (await until_decided(lambda: person.post(fields))).status_code
        return 410

    async def kill() -> None:
        await sending.wait()
        await asyncio.to_thread(api.restart)

    async with asyncio.timeout(PATIENCE):
        _, *statuses = await asyncio.gather(kill(), *(answer() for _ in range(RESPONDENTS)))
    assert statuses.count(303) <= 1
    assert set(statuses) <= {303, 410}
    assert await one(survey_database, "SELECT count(*) FROM response") == 1
    assert await one(survey_database, "SELECT count(*) FROM survey_link WHERE used_at IS NOT NULL") == 1
