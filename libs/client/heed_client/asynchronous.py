"""The client for programs with an event loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx

from heed_client.calls import LAST_WRITE, TIMEOUT_SECONDS, WAIT_SECONDS, After, Body, Calls, Query
from heed_client.problems import Problem
from heed_client.replies import Reply
from heed_client.retries import Retries


class AsyncHeed:
    """A connection to Heed. Tasks may share it; `async with` closes it."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        language: str = "en",
        timeout: float = TIMEOUT_SECONDS,
        retries: Retries = Retries(),  # noqa: B008 - immutable
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._calls = Calls()
        self._retries = retries
        self._http = httpx.AsyncClient(**Calls.options(url, token, timeout, language), transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def get(self, path: str, **query: object) -> Reply:
        """Read. Raises `Problem`."""
        return await self._send("GET", path, query=query)

    async def post(self, path: str, body: Body = None, *, key: str | None = None, **query: object) -> Reply:
        """Write once, however often it has to be sent. Raises `Problem`.

        `key` is the Idempotency-Key: pass one of your own if your program may stop and send the same again.
        """
        return await self._send("POST", path, body, key=key, query=query)

    async def upload(
        self, path: str, content: bytes, media_type: str, *, options: Body = None, **query: object
    ) -> Reply:
        """Send a file to an import, such as `text/csv` or `application/x-ndjson`. Raises `Problem`.

        `options` are its Heed-Import-Options. `reply.location` shows the progress; sent again, lines are `unchanged`.
        """
        headers = Calls.file_headers(media_type, options)
        return await self._send("POST", path, content=content, query=query, headers=headers)

    async def put(self, path: str, body: Body, *, etag: str | None = None, **query: object) -> Reply:
        """Replace; what exists needs its `etag`. Raises `Problem`."""
        return await self._send("PUT", path, body, etag=etag, query=query)

    async def patch(self, path: str, body: Body, *, etag: str, **query: object) -> Reply:
        """Change some fields of what was read with this `etag`. Raises `Problem`."""
        return await self._send("PATCH", path, body, etag=etag, query=query)

    async def delete(self, path: str, *, etag: str | None = None, **query: object) -> Reply:
        """Delete. Raises `Problem`."""
        return await self._send("DELETE", path, etag=etag, query=query)

    async def pages(self, path: str, **query: object) -> AsyncIterator[Reply]:
        """Yield the pages of a list. Raises `Problem`."""
        while True:
            page = await self.get(path, **query)
            yield page
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    async def items(self, path: str, **query: object) -> AsyncIterator[dict[str, Any]]:
        """Yield all items of a list, page by page. Raises `Problem`."""
        async for page in self.pages(path, **query):
            for item in page["items"]:
                yield item

    async def rows(self, path: str, **query: object) -> AsyncIterator[dict[str, Any]]:
        """Yield all items of a list from one stream: faster than pages, and not resumed. Raises `Problem`."""
        async with self._http.stream("GET", f"{path}.ndjson", params=Calls.query(query)) as response:
            if response.is_error:
                await response.aread()
                raise Problem(response)
            async for line in response.aiter_lines():
                yield json.loads(line)

    async def score(self, customer_id: UUID | str, *, after: After = LAST_WRITE, wait: int = WAIT_SECONDS) -> Reply:
        """Read the score of a customer, after the event of this client's last write, or after another one.

        Waits until scoring has processed that event, up to `wait` seconds. Raises `Problem`.
        """
        query, headers = self._calls.score_options(after, wait)
        return await self._send("GET", f"/v1/scores/{customer_id}", query=query, headers=headers)

    async def event_pages(self, *types: str, after: str = "earliest", **query: object) -> AsyncIterator[Reply]:
        """Yield pages of events until no more are there. Raises `Problem`.

        Store `page["next_cursor"]` once its items are processed: it is `after` of the next call.
        """
        has_more = True
        while has_more:
            page = await self.get("/v1/events", types=types, after=after, **query)
            yield page
            after, has_more = page["next_cursor"], page["has_more"]

    async def _send(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        content: bytes | None = None,
        key: str | None = None,
        etag: str | None = None,
        query: Query,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        all_headers = Calls.write_headers(method, key=key, etag=etag) | (headers or {})
        request = self._http.build_request(
            method, path, json=body, content=content, params=Calls.query(query), headers=all_headers
        )
        attempt = 1
        while True:
            try:
                response = await self._http.send(request)
            except httpx.TransportError as error:
                pause = self._retries.pause(request, error, attempt=attempt)
                if pause is None:
                    raise
            else:
                pause = self._retries.pause(request, response, attempt=attempt)
                if pause is None:
                    return self._calls.reply(response)
            await asyncio.sleep(pause)
            attempt += 1
