"""A response: its body, and the headers that matter."""

from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful response. `reply["id"]` is a member of its body."""

    status: int
    body: Any = field(repr=False)
    """Decoded JSON; None where there is no body. It may have secrets, so `repr` leaves it out."""
    headers: httpx.Headers = field(repr=False)

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
    def location(self) -> str | None:
        """Path of what was created or accepted."""
        return _header(self.headers, "location")

    @property
    def is_replayed(self) -> bool:
        """Whether it is the stored response of an earlier attempt with the same key."""
        return _header(self.headers, "idempotent-replayed") == "true"


def _header(headers: httpx.Headers, name: str) -> str | None:
    value: str | None = headers.get(name)
    return value
