"""Responses of 400 and above, as an exception."""

from collections.abc import Sequence
from typing import Any

import httpx

NO_DOCUMENT: dict[str, Any] = {}
"""What a proxy before Heed may answer instead of a problem document."""


class Problem(Exception):
    """Heed refused the request. Decide by `code`; `/docs/problems` of the product explains each."""

    def __init__(self, response: httpx.Response) -> None:
        document = _document(response)
        self.status = response.status_code
        self.code: str = document.get("code", "")
        """The kind of the problem; empty if the response is not Heed's."""
        self.detail: str = document.get("detail", response.reason_phrase)
        self.errors: Sequence[dict[str, str]] = document.get("errors", ())
        """Parts of the request that are wrong: `pointer` (RFC 6901) and `detail`."""
        self.document = document
        """All members, such as `allowed` of a refused move."""
        self.request_id: str | None = response.headers.get("x-request-id")
        super().__init__(f"{self.status} {self.code}: {self.detail}{self._places()}")

    def _places(self) -> str:
        return "".join(f"; {error.get('pointer', '')} {error.get('detail', '')}" for error in self.errors)


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return NO_DOCUMENT
    return document if isinstance(document, dict) else NO_DOCUMENT
