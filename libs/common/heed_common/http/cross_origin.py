"""Responses to pages of other origins (CORS).

Heed knows no cookies, so credentials are never allowed: a page has to hold a token.
"""

from collections.abc import Iterable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from heed_common.http.representations import Headers, add_to_vary
from heed_common.origins import ANY

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Authorization, Content-Type, Accept, Accept-Language, Idempotency-Key, If-Match, If-None-Match, Prefer, "
    "Heed-Import-Options, Last-Event-ID, X-Request-ID, traceparent"
)
RESPONSE_HEADERS = (
    "Content-Disposition, Content-Location, Deprecation, ETag, Heed-Event, Idempotent-Replayed, Link, Location, "
    "RateLimit, RateLimit-Policy, Retry-After, Sunset, WWW-Authenticate, X-Request-ID"
)
MAX_AGE_SECONDS = 600


def share(headers: Iterable[tuple[bytes, bytes]], origin: str) -> Headers:
    """Return the headers with those that let a page of this origin read the response."""
    shared = [
        *headers,
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", RESPONSE_HEADERS.encode()),
    ]
    return shared if origin == ANY else add_to_vary(shared, b"Origin")


async def preflight_response(scope: Scope, receive: Receive, send: Send) -> None:
    """Respond which methods and headers a page may send."""
    headers = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": REQUEST_HEADERS,
        "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
    }
    await Response(status_code=204, headers=headers)(scope, receive, send)
