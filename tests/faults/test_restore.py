"""An older backup of one service is restored under newer others: nothing acknowledged disappears without a word."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from heed.backups import dump, restore
from heed.gateway import SERVICES, owner_of
from heed.services import Running, all_services, open_service
from heed.settings import Settings
from heed_common.auth import tokens
from heed_common.auth.api_keys import Token
from heed_common.auth.scopes import SCOPES
from heed_common.broker import topics
from heed_common.broker.bus import open_bus
from heed_common.broker.tail import tail
from heed_common.clock import SystemClock
from tests.databases import PLATFORM, Databases

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]
PATIENCE = 120.0
COMPLAINT = {"channel": "phone", "category": "product", "severity": "critical", "description": "The kettle leaks."}
OCCURRED = {"occurred_at": "2026-11-01T10:00:00Z"}


class Drill:
    """All four services at work, and an operator who takes one of them back."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys
        self._token = Token.new()
        self._work = AsyncExitStack()
        self._http: dict[str, httpx.AsyncClient] = {}

    async def start(self) -> None:
        """As `heed up` does it, but for the address."""
        settings = Settings.load()
        bus = open_bus(settings, log_url=settings.database_url)
        self._work.push_async_callback(bus.close)
        await topics.apply(bus, partitions=settings.partitions)
        services = [open_service(each, each.load_settings(str), bus) for each in all_services()]
        databases = {running.service.name: running.resources.database for running in services}
        await tokens.ensure(databases, self._token, name="drill", scopes=SCOPES, now=SystemClock().now())
        for running in services:
            await self._open(running)

    async def _open(self, running: Running) -> None:
        self._work.push_async_callback(running.resources.close)
        await self._work.enter_async_context(running.app.router.lifespan_context(running.app))
        work = asyncio.create_task(running.worker.run())
        self._work.push_async_callback(asyncio.wait_for, work, PATIENCE)
        self._work.callback(running.worker.stop)
        headers = {"Authorization": f"Bearer {self._token}"}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(running.app), base_url="http://heed", headers=headers, timeout=PATIENCE
        )
        self._http[running.service.name] = await self._work.enter_async_context(client)

    async def stop(self) -> None:
        await self._work.aclose()

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self._http[str(owner_of(path))].request(method, path, json=body, headers=headers)

    async def post(self, path: str, body: object = None, *, status: int = 201) -> Any:
        answer = await self.call("POST", path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str) -> Any:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def customer(self, **more: object) -> str:
        return str((await self.post("/v1/customers", {"kind": "individual", "name": "Ana Lima", **more}))["id"])

    async def purchase(self, customer_id: str, external_id: str, *, status: int = 201, gross: str = "100.00") -> str:
        line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": gross}
        body = {"external_id": external_id, "customer_id": customer_id, "currency": "USD", "lines": [line], **OCCURRED}
        return str((await self.post("/v1/purchases", body, status=status))["id"])

    async def complaint(self, customer_id: str, external_id: str, *, status: int = 201) -> str:
        body = COMPLAINT | OCCURRED | {"customer_id": customer_id, "external_id": external_id}
        return str((await self.post("/v1/complaints", body, status=status))["id"])

    async def move(self, complaint_id: str, **move: str) -> None:
        await self.post(f"/v1/complaints/{complaint_id}/transitions", move, status=200)

    async def complete(self, complaint_id: str) -> None:
        for move in ({"action": "accept"}, {"action": "contact"}, {"action": "complete", "resolution": "A new one."}):
            await self.move(complaint_id, **move)

    async def score(self, customer_id: str) -> dict[str, Any]:
        """The score of the customer without cause and moment."""
        answer = await self.call("GET", f"/v1/scores/{customer_id}")
        names = ("value", "loyalty", "churn_risk", "complaints")
        return {name: answer.json()[name] for name in names} if answer.status_code == 200 else {"complaints": []}

    async def is_open(self, complaints: dict[str, Sequence[str]]) -> bool:
        """Whether scoring counts exactly these complaints of these customers as open."""
        found = {id_: [each["complaint_id"] for each in (await self.score(id_))["complaints"]] for id_ in complaints}
        return found == complaints

    async def settled(self) -> None:
        """Wait until every service has processed everything: not before events have stopped."""
        before = -1
        while before != (before := len(await self.events())):
            await asyncio.sleep(2)

    async def events(self, *types: str) -> list[dict[str, Any]]:
        settings = Settings.load()
        bus = open_bus(settings, log_url=settings.database_url)
        try:
            return [json.loads(line) async for line in tail(bus, types=types, follow=False)]
        finally:
            await bus.close()

    async def back_up(self, service: str) -> Path:
        folder = self._folder / service
        await asyncio.to_thread(dump.back_up, Settings.load(), service, folder, now=SystemClock().now())
        return folder

    async def restore(self, folder: Path) -> str:
        """Stop, restore, start. Return the output for the operator."""
        await self.stop()
        self._capsys.readouterr()
        await asyncio.to_thread(restore.restore, Settings.load(), folder, now=SystemClock().now())
        await self.start()
        return self._capsys.readouterr().out


async def until(holds: Callable[[], Any]) -> None:
    limit = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < limit
        await asyncio.sleep(0.1)


@pytest_asyncio.fixture
async def drill(databases: Databases, tmp_path, monkeypatch, capsys) -> AsyncIterator[Drill]:
    names = {"LOG": await databases.clone(PLATFORM)}
    names |= {service.upper(): await databases.clone(f"heed_{service}") for service in SERVICES}
    for name, database in names.items():
        monkeypatch.setenv(f"HEED_{name}_DATABASE_URL", databases.url(database))
    monkeypatch.setenv("HEED_CALL_BACK_AFTER_HOURS", "0")
    drill = Drill(tmp_path, capsys)
    await drill.start()
    yield drill
    await drill.stop()
    for database in names.values():
        await databases.drop(database)


async def test_an_older_backup_of_complaints_leaves_no_ghost_in_scoring_and_no_move_unheard(drill):
    ana, bo = await drill.customer(), await drill.customer()
    known = await drill.complaint(ana, "c-1")
    await until(lambda: drill.is_open({ana: [known]}))
    folder = await drill.back_up("complaint")
    await drill.complete(known)
    remedy = (await drill.post(f"/v1/complaints/{known}/remedies", {"kind": "refund", "amount": "10.00"}))["id"]
    lost = await drill.complaint(bo, "c-2")
    await until(lambda: drill.is_open({ana: [], bo: [lost]}))
    before = await drill.score(bo)

    output = await drill.restore(folder)

    assert f"taken_back  complaint {known}  it is received, and was completed" in output
    assert f"lost  complaint {lost}" in output
    assert f"recovered  remedy {remedy}" in output
    # Scoring returns to the state of the complaint service, and counts what that counts.
    assert (await drill.get(f"/v1/complaints/{known}"))["state"] == "received"
    remedies = await drill.get(f"/v1/complaints/{known}/remedies")
    assert remedy in [each["id"] for each in remedies["items"]]
    await until(lambda: drill.is_open({ana: [known], bo: [lost]}))
    assert "lost" in (await drill.get(f"/v1/complaints/{lost}"))["description"]
    # The same external_id is the same complaint: its words are there again, and scoring counts one.
    assert await drill.complaint(bo, "c-2", status=200) == lost
    assert (await drill.get(f"/v1/complaints/{lost}"))["description"] == COMPLAINT["description"]
    await drill.settled()
    assert await drill.score(bo) == before
    # The next moves are heard.
    await drill.complete(known)
    await drill.move(lost, action="withdraw", reason="It works now.")
    await until(lambda: drill.is_open({ana: [], bo: []}))


async def test_an_older_backup_of_customers_recovers_their_facts_and_counts_none_twice(drill):
    ana = await drill.customer(external_id="k-1")
    await drill.purchase(ana, "p-1")
    await drill.settled()
    folder = await drill.back_up("customer")
    bo, twin = await drill.customer(), await drill.customer()
    sold, sold_to_bo = await drill.purchase(ana, "p-2"), await drill.purchase(bo, "p-3", gross="7.00")
    returned = {"external_id": "r-1", "reason": "faulty", "lines": [{"sku": "kettle", "quantity": "1"}], **OCCURRED}
    referral = {"customer_id": ana, "referred_customer_id": bo, "external_id": "f-1", **OCCURRED}
    contact = {"customer_id": ana, "kind": "call", "channel": "phone", "external_id": "i-1", "cost": "2.00", **OCCURRED}
    again = {f"/v1/purchases/{sold}/returns": returned, "/v1/referrals": referral, "/v1/interactions": contact}
    for path, body in again.items():
        await drill.post(path, body)
    await drill.post(f"/v1/customers/{ana}/merge", {"duplicate_id": twin}, status=200)
    await drill.settled()
    before = {id_: await drill.score(id_) for id_ in (ana, bo)}

    output = await drill.restore(folder)

    assert f"lost  customer {bo}" in output
    assert f"recovered  purchase {sold}" in output
    assert f"recovered  purchase {sold_to_bo}" in output
    for kind in ("purchase_return", "referral", "interaction", "merge"):
        assert output.count(f"recovered  {kind} ") == 1, output
    assert (await drill.get(f"/v1/customers/{twin}"))["id"] == ana
    # What is published again is the same, and scoring counts nothing twice.
    assert await drill.purchase(ana, "p-2", status=200) == sold
    assert await drill.purchase(bo, "p-3", status=200, gross="7.00") == sold_to_bo
    for path, body in again.items():
        await drill.post(path, body, status=200)
    assert (await drill.get(f"/v1/purchases/{sold}"))["lines"][0]["sku"] == "kettle"
    await drill.settled()
    assert {id_: await drill.score(id_) for id_ in (ana, bo)} == before
    # The consumer has read again what came since the backup.
    timeline = (await drill.get(f"/v1/customers/{ana}/timeline"))["items"]
    kinds = [item["type"] for item in timeline if item["service"] == "customer"]
    assert kinds.count("heed.purchase.recorded.v1") == 2
    assert {"heed.purchase.returned.v1", "heed.referral.recorded.v1", "heed.customer.merged.v1"} <= set(kinds)
    # New facts are heard.
    assert (await drill.call("PATCH", f"/v1/customers/{bo}", {"name": "Bo"}, **{"If-Match": "*"})).status_code == 200
    await drill.purchase(bo, "p-5", gross="900.00")
    await until(lambda: _differs(drill, bo, before[bo]))


async def test_an_older_backup_of_surveys_recovers_the_responses_and_invites_no_one_again(drill):
    ana = await drill.customer()
    scale = {"lowest": 0, "highest": 10}
    item = {"code": "trust", "text": {"en": "Trust?", "zh": "信任?"}, "measure": "trust", "scale": scale}
    survey = (await drill.post("/v1/surveys", {"title": "Trust", "items": [item]}))["id"]
    known = await drill.complaint(ana, "c-1")
    await until(lambda: drill.is_open({ana: [known]}))
    await drill.settled()
    folder = await drill.back_up("survey")
    await drill.post(f"/v1/surveys/{survey}/publish", status=200)
    answer = {"external_id": "a-1", "customer_id": ana, "answers": {"trust": 9}}
    response = (await drill.post(f"/v1/surveys/{survey}/responses", answer))["id"]
    await drill.complete(known)
    unknown = await drill.complaint(ana, "c-2")
    await drill.complete(unknown)
    await until(lambda: _are_due(drill, {known, unknown}))
    await drill.settled()
    before = await drill.score(ana)

    output = await drill.restore(folder)

    assert f"recovered  survey {survey}  published" in output
    assert f"recovered  response {response}" in output
    assert f"recovered  call_back {known}" in output
    again = await drill.post(f"/v1/surveys/{survey}/responses", answer, status=200)
    assert again["id"] == response
    await drill.settled()
    # It read again that the complaints were completed, and knows that their customer was invited.
    assert await _are_due(drill, {known, unknown})
    assert len(await drill.events("invitation.issued")) == 2
    assert await drill.score(ana) == before
    another = {"external_id": "a-2", "customer_id": ana, "answers": {"trust": 0}}
    await drill.post(f"/v1/surveys/{survey}/responses", another)
    await until(lambda: _differs(drill, ana, before))


async def test_an_older_backup_of_scoring_reads_again_what_it_had_lost(drill):
    ana, bo = await drill.customer(), await drill.customer()
    await drill.purchase(ana, "p-1")
    known = await drill.complaint(ana, "c-1")
    await until(lambda: drill.is_open({ana: [known]}))
    folder = await drill.back_up("scoring")
    await drill.purchase(ana, "p-2", gross="500.00")
    await drill.complete(known)
    await drill.purchase(bo, "p-3")
    lost = await drill.complaint(bo, "c-2")
    await until(lambda: drill.is_open({ana: [], bo: [lost]}))
    await drill.settled()
    before = {id_: await drill.score(id_) for id_ in (ana, bo)}

    output = await drill.restore(folder)

    assert f"taken_back  score {ana}" in output
    await until(lambda: drill.is_open({ana: [], bo: [lost]}))
    await drill.settled()
    assert {id_: await drill.score(id_) for id_ in (ana, bo)} == before
    # Subscribers get scores with versions above all that were published before.
    scores_of_ana = [each for each in await drill.events("score.changed") if each["subject"] == ana]
    newest = max(scores_of_ana, key=lambda each: each["aggversion"])
    assert newest["aggversion"] >> 32 == 1
    assert newest["data"]["value"]["amount"] == before[ana]["value"]["amount"]
    await drill.purchase(bo, "p-4", gross="900.00")
    await until(lambda: _differs(drill, bo, before[bo]))


async def _differs(drill: Drill, customer_id: str, before: dict[str, Any]) -> bool:
    return await drill.score(customer_id) != before


async def _are_due(drill: Drill, complaints: set[str]) -> bool:
    due = await drill.get("/v1/surveys/call-backs?state=due")
    return {each["complaint_id"] for each in due["items"]} == complaints
