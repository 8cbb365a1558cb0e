"""A caller who does not give up: a write is repeated under its Idempotency-Key until it is acknowledged."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from heed_common.clock import Clock
from tests.faults.harness.journal import Journal, Write

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
IN_FLIGHT = "idempotency_in_flight"
RETRY_SECONDS = 0.25
REQUEST_SECONDS = 15.0
PATIENCE_SECONDS = 240.0
"""Longer than any fault lasts: who waits longer has found a fault of the product."""


class Refused(Exception):
    """The product answered that the write is wrong, which it is not."""


class Caller:
    """Another system with the owner's token; every response is written into the journal."""

    def __init__(self, base_url: str, token: str, *, journal: Journal, clock: Clock) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=REQUEST_SECONDS)
        self.journal = journal
        self.clock = clock

    async def write(
        self, path: str, body: Mapping[str, Any], *, key: str, fact: str, about: str | None = None
    ) -> Mapping[str, Any]:
        """Post until it is acknowledged, note it with its event, and return the answer.

        `about` names the aggregate of the event where it is not the resource that the answer shows.
        """
        response = await self.post(path, body, key=key)
        answer = response.json()
        event = (fact, about or str(answer["id"]))
        made = Write(path, body, key, answer, response.headers["Heed-Event"], event, self.clock.now())
        self.journal.writes.append(made)
        return made.answer

    async def repeat(self, write: Write) -> None:
        """Send an acknowledged write once more: the stored response must come back."""
        response = await self.post(write.path, write.body, key=write.key)
        is_same = response.json() == write.answer and response.headers.get("Heed-Event") == write.event_id
        if response.headers.get("Idempotent-Replayed") != "true" or not is_same:
            self.journal.contradictions.append(f"POST {write.path} under {write.key} had another answer the next time")

    async def post(self, path: str, body: Mapping[str, Any], *, key: str) -> httpx.Response:
        """Post until the answer is one of success. Raises `Refused`, `TimeoutError`."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                response = await self._try(path, body, key)
                if response is not None:
                    return response
                await asyncio.sleep(RETRY_SECONDS)

    async def _try(self, path: str, body: Mapping[str, Any], key: str) -> httpx.Response | None:
        try:
            response = await self.http.post(path, json=dict(body), headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return None
        if response.is_success:
            return response
        if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            self.journal.surprises.append(f"POST {path} was answered 500")
        if response.status_code in AGAIN or response.json().get("code") == IN_FLIGHT:
            return None
        raise Refused(f"POST {path} {dict(body)} was answered {response.status_code}: {response.text}")

    async def close(self) -> None:
        await self.http.aclose()
