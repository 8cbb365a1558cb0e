"""The load: customers who register, buy, bring back, complain, answer, and turn out to be one."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

import httpx

from tests.faults.harness.caller import Caller, Refused
from tests.faults.harness.pace import Pace, Undone

JSON = Mapping[str, Any]
SHOPPERS = 5
THINK_SECONDS = (0.02, 0.12)
REPEATABLE = timedelta(hours=12)
"""Half of the time for which the product stores its responses."""
PATHS: tuple[tuple[str, ...], ...] = (
    (),
    ("accept",),
    ("accept", "contact"),
    ("accept", "contact", "commit"),
    ("accept", "contact", "commit", "complete"),
    ("accept", "contact", "commit", "complete", "confirm"),
    ("accept", "wait_for_customer"),
    ("accept", "wait_for_customer", "resume", "contact"),
    ("accept", "complete", "call_back"),
    ("accept", "complete", "reopen", "complete"),
    ("decline",),
    ("withdraw",),
)
MOVES: Mapping[str, tuple[str, str, JSON]] = {
    "accept": ("accepted", "accepted", {}),
    "contact": ("contacted", "contacted", {"answered_live": True}),
    "commit": ("committed", "committed", {"promise": "A new kettle"}),
    "complete": ("completed", "completed", {"resolution": "Replaced the kettle"}),
    "confirm": ("confirmed", "confirmed", {"accepted": True}),
    "call_back": ("called_back", "called_back", {"solved": True, "pleasant": True}),
    "reopen": ("reopened", "accepted", {"reason": "It leaks again"}),
    "wait_for_customer": ("paused", "accepted", {"reason": "Which kettle?"}),
    "resume": ("resumed", "accepted", {}),
    "decline": ("declined", "declined", {"reason": "Not ours"}),
    "withdraw": ("withdrawn", "withdrawn", {"reason": "A mistake"}),
}
"""By action: the name of its event, the state after it, and its required fields."""


class Shopper:
    """One stream of customers' lives, one write after the other."""

    def __init__(self, caller: Caller, *, name: str, survey: JSON, pace: Pace) -> None:
        self._caller = caller
        self._chance = random.Random(name)
        self._name = name
        self._numbers = count(1)
        self._survey = survey
        self._pace = pace
        self._restores = pace.restores
        self._stopping = False

    async def run(self) -> None:
        """Live one customer's life after the other until it is stopped."""
        while not self._stopping:
            self._restores = self._pace.restores
            with suppress(Undone):
                await self._live()

    async def _live(self) -> None:
        customer_id = await self._register()
        await self._buy_and_return(customer_id)
        if self._happens(0.7):
            await self._complain(customer_id)
        if self._happens(0.4):
            await self._answer(customer_id)
        if self._happens(0.3):
            await self._merge(customer_id)

    def stop(self) -> None:
        """Finish the life under way, nothing more."""
        self._stopping = True

    async def _register(self) -> str:
        body: dict[str, Any] = {"kind": "individual", "name": self._new_name()}
        if self._happens(0.5):
            body["external_id"] = self._new_name()
        customer = await self._write("/v1/customers", body, "customer.registered")
        self._expect(f"/v1/customers/{customer['id']}", name=body["name"])
        return str(customer["id"])

    async def _buy_and_return(self, customer_id: str) -> None:
        for _ in range(self._chance.randint(1, 3)):
            quantity = self._chance.randint(1, 3)
            line = {"sku": "kettle", "category": "kitchen", "quantity": str(quantity), "unit_price": "40.00"}
            days = timedelta(days=self._chance.randint(20, 300))
            body = {"customer_id": customer_id, "external_id": self._new_name(), "occurred_at": self._ago(days)}
            bought = await self._write(
                "/v1/purchases", body | {"currency": "USD", "lines": [line]}, "purchase.recorded"
            )
            self._expect(f"/v1/purchases/{bought['id']}", external_id=body["external_id"], customer_id=customer_id)
            self._caller.journal.units[customer_id] += quantity
            if self._happens(0.3):
                await self._bring_back(customer_id, str(bought["id"]))

    async def _bring_back(self, customer_id: str, purchase_id: str) -> None:
        lines = [{"sku": "kettle", "quantity": "1"}]
        body = {"external_id": self._new_name(), "occurred_at": self._ago(timedelta(days=10)), "reason": "faulty"}
        path = f"/v1/purchases/{purchase_id}/returns"
        await self._write(path, body | {"lines": lines}, "purchase.returned", about=purchase_id)
        self._caller.journal.units[customer_id] -= 1

    async def _complain(self, customer_id: str) -> None:
        body = {
            "customer_id": customer_id,
            "channel": "phone",
            "category": self._chance.choice(["service", "product"]),
            "severity": self._chance.choice(["minor", "major", "critical"]),
            "description": self._new_name(),
            "occurred_at": self._ago(timedelta(days=1)),
        }
        if self._happens(0.5):
            body["external_id"] = self._new_name()
        complaint_id = str((await self._write("/v1/complaints", body, "complaint.opened"))["id"])
        state = "received"
        for action in self._chance.choice(PATHS):
            event, state, required = MOVES[action]
            move = {"action": action, **required}
            if action == "commit":
                move["promised_by"] = (self._caller.clock.now() + timedelta(days=5)).isoformat()
            path = f"/v1/complaints/{complaint_id}/transitions"
            await self._write(path, move, f"complaint.{event}", about=complaint_id)
        self._expect(f"/v1/complaints/{complaint_id}", state=state, description=body["description"])

    async def _answer(self, customer_id: str) -> None:
        answers = {self._survey["items"][0]["code"]: self._chance.randint(1, 5)}
        path = f"/v1/surveys/{self._survey['id']}/responses"
        await self._write(path, {"customer_id": customer_id, "answers": answers}, "response.received")

    async def _merge(self, survivor_id: str) -> None:
        duplicate_id = await self._register()
        await self._buy_and_return(duplicate_id)
        body, path = {"duplicate_id": duplicate_id}, f"/v1/customers/{duplicate_id}"
        await self._write(f"/v1/customers/{survivor_id}/merge", body, "customer.merged", about=duplicate_id)
        self._expect(path, id=survivor_id)
        if self._happens(0.4):
            await self._write(f"/v1/customers/{survivor_id}/unmerge", body, "customer.unmerged", about=duplicate_id)
            self._expect(path, id=duplicate_id)

    async def _write(self, path: str, body: JSON, event: str, *, about: str | None = None) -> JSON:
        await asyncio.sleep(self._chance.uniform(*THINK_SECONDS))
        async with self._pace.writing(since=self._restores):
            answer = await self._caller.write(path, body, key=self._new_name(), fact=f"heed.{event}", about=about)
            writes, now = self._caller.journal.writes, self._caller.clock.now()
            if self._happens(0.1) and abs((write := self._chance.choice(writes)).at - now) < REPEATABLE:
                await self._caller.repeat(write)
        return answer

    def _expect(self, path: str, **fields: object) -> None:
        self._caller.journal.rows[path] = fields

    def _happens(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _new_name(self) -> str:
        return f"{self._name}-{next(self._numbers)}"

    def _ago(self, duration: timedelta) -> str:
        return (self._caller.clock.now() - duration).isoformat()


@asynccontextmanager
async def running_load(caller: Caller, *, name: str, pace: Pace) -> AsyncIterator[None]:
    """Run the shoppers meanwhile; at the end each finishes the life it is in."""
    survey = await _publish_survey(caller, name)
    shoppers = [Shopper(caller, name=f"{name}-{number}", survey=survey, pace=pace) for number in range(SHOPPERS)]
    tasks = [asyncio.create_task(shopper.run()) for shopper in shoppers]
    try:
        yield
        for shopper in shoppers:
            shopper.stop()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Refused | TimeoutError):
                caller.journal.surprises.append(str(ended) or "a write was not acknowledged for minutes")
            elif ended is not None:
                raise ended
    finally:
        for task in tasks:
            task.cancel()


async def _publish_survey(caller: Caller, name: str) -> JSON:
    made: httpx.Response = await caller.post("/v1/surveys", {"template": "satisfaction"}, key=f"{name}-survey")
    survey: JSON = made.json()
    await caller.post(f"/v1/surveys/{survey['id']}/publish", {}, key=f"{name}-publish")
    return survey
