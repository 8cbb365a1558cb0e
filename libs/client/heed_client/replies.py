"""A response: its body, and the headers that matter."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful response. `reply["id"]` is a member of its body."""

    status: int
    body: Any
    """Decoded JSON; None where there is no body."""
    headers: httpx.Headers

    @classmethod
    def of(cls, response: httpx.Response) -> "Reply":
        """Return the reply. Raises `ValueError` if the body is not JSON."""
        return cls(response.status_code, response.json() if response.content else None, response.headers)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        return self.body[name]

    @property
    def event(self) -> str | None:
        """Id of the last event of this write: for `after` of a read."""
        return _header(self.headers, "heed-event")

    @property
    def etag(self) -> str | None:
        """Version of the resource: for `etag` of a change."""
        return _header(self.headers, "etag")

    @property
    def is_replayed(self) -> bool:
        """Whether it is the stored response of an earlier attempt with the same key."""
        return _header(self.headers, "idempotent-replayed") == "true"


def _header(headers: httpx.Headers, name: str) -> str | None:
    value: str | None = headers.get(name)
    return value
