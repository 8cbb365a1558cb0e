"""Requests as both clients build them, and what they remember of replies."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import uuid4

import httpx

from heed_client.problems import Problem
from heed_client.replies import Reply

Body = Mapping[str, Any] | None
Query = Mapping[str, object]
TIMEOUT_SECONDS = 60.0
WAIT_SECONDS = 30
"""How long a score may wait for an event."""
NOT_READ_BY_SCORING = ("/v1/models", "/v1/scores", "/v1/portfolio")
"""Writes to scoring itself: no score waits for their events."""


class LastWrite:
    """Means the event of the client's last write, as `after` of a score."""


LAST_WRITE: Final = LastWrite()
After = LastWrite | str | None


class Calls:
    """Builds requests, checks responses, and remembers the event of the last write."""

    def __init__(self) -> None:
        self._last_event: str | None = None

    @staticmethod
    def options(url: str, token: str, timeout: float, language: str) -> dict[str, Any]:
        """Return the arguments of the client of httpx."""
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "heed-client/0.1", "Accept-Language": language}
        return {"base_url": url, "timeout": timeout, "headers": headers}

    @staticmethod
    def query(query: Query) -> httpx.QueryParams:
        """Return the parameters: without those that are None, lists repeated, `from_` as `from`."""
        return httpx.QueryParams(
            [
                (name.rstrip("_"), _text(value))
                for name, given in query.items()
                for value in (given if isinstance(given, Iterable) and not isinstance(given, str) else [given])
                if value is not None
            ]
        )

    @staticmethod
    def write_headers(method: str, *, key: str | None, etag: str | None) -> dict[str, str]:
        """Return the headers of a write: a POST gets a key of its own, so that it can be repeated."""
        headers = {"Idempotency-Key": key or str(uuid4())} if method == "POST" else {}
        return headers if etag is None else headers | {"If-Match": etag}

    @staticmethod
    def file_headers(media_type: str, options: Body) -> dict[str, str]:
        """Return the headers of a file for an import."""
        headers = {"Content-Type": media_type}
        return headers if options is None else headers | {"Heed-Import-Options": json.dumps(options)}

    def score_options(self, after: After, wait: int) -> tuple[dict[str, str | None], dict[str, str]]:
        """Return the query and the headers of a score that knows an event."""
        event = self._last_event if isinstance(after, LastWrite) else after
        return {"after": event}, {"Prefer": f"wait={wait}"} if event else {}

    def reply(self, response: httpx.Response) -> Reply:
        """Return the reply. Raises `Problem` for 400 and above."""
        if response.is_error:
            raise Problem(response)
        reply = Reply.of(response)
        if reply.event and not response.request.url.path.startswith(NOT_READ_BY_SCORING):
            self._last_event = reply.event
        return reply


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
