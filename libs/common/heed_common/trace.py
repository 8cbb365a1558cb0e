"""The W3C trace context that a request or an event brought along, carried to whatever it causes."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WELL_FORMED = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The `traceparent` of the work under way."""
    return _TRACEPARENT.get()


def current_trace_id() -> str | None:
    """The part of it that all work of one cause has in common."""
    traceparent = _TRACEPARENT.get()
    return None if traceparent is None else traceparent.split("-")[1]


@contextmanager
def trace_context(traceparent: str | None) -> Iterator[None]:
    """What happens inside belongs to that trace, or to a new one if none came along or it is malformed."""
    token = _TRACEPARENT.set(traceparent if traceparent and WELL_FORMED.fullmatch(traceparent) else new_traceparent())
    try:
        yield
    finally:
        _TRACEPARENT.reset(token)


def new_traceparent() -> str:
    """The beginning of a trace, not sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
