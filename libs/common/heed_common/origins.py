"""Origins of pages that may call the API (CORS), as `HEED_CORS_ORIGINS` names them; by default none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ANY = "*"
SHARED_PATHS = "/v1/"
"""The pages of people without a token are not shared."""
ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?")
MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that share the API."""

    names: frozenset[str] = frozenset()

    def allowed(self, origin: str | None, *, path: str) -> str | None:
        """Return what `Access-Control-Allow-Origin` answers to this origin; None if it may not read the response."""
        if origin is None or not self.names or not path.startswith(SHARED_PATHS):
            return None
        if ANY in self.names:
            return ANY
        return origin if origin in self.names else None

    def is_preflight(self, headers: Mapping[bytes, str], *, path: str) -> bool:
        """Return whether a browser asks before a call of a page that may make it."""
        has_method = b"access-control-request-method" in headers
        return has_method and self.allowed(headers.get(b"origin"), path=path) is not None


def parse_origins(value: object) -> object:
    """Return the origins of a setting that commas separate. Raises `ValueError` for what is no origin."""
    if not isinstance(value, str):
        return value
    names = [part.strip() for part in value.split(",")]
    if names != [ANY] and not all(map(_is_origin, names)):
        raise ValueError("must be origins such as https://desk.example.com, separated by commas, or * alone")
    return frozenset(names)


def _is_origin(name: str) -> bool:
    found = ORIGIN.fullmatch(name)
    return found is not None and int(found[1] or 0) <= MAX_PORT
