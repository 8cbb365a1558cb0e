"""W3C trace context of a request or an event, passed on to everything that it causes."""

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

WELL_FORMED = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)


@dataclass(slots=True)
class Origin:
    """The write that events come from, in a transaction that several writes share."""

    traceparent: str | None = None
    last_event_id: UUID | None = None
    """Its last event, with those that reactions added; known once the events are inserted."""


def current_traceparent() -> str | None:
    """Return the `traceparent` of the current work."""
    return _TRACEPARENT.get()


def current_trace_id() -> str | None:
    """Return its trace id, which all work of one cause shares."""
    traceparent = _TRACEPARENT.get()
    return None if traceparent is None else traceparent.split("-")[1]


@contextmanager
def trace_context(traceparent: str | None) -> Iterator[None]:
    """Set the trace of the work inside; a new one if it is missing or malformed."""
    token = _TRACEPARENT.set(traceparent if traceparent and WELL_FORMED.fullmatch(traceparent) else new_traceparent())
    try:
        yield
    finally:
        _TRACEPARENT.reset(token)


@contextmanager
def shared_trace_context(traceparents: Iterable[str | None]) -> Iterator[None]:
    """Set the trace of the work inside if all causes of it have the same one: what has several causes has none."""
    causes = set(traceparents)
    common = causes.pop() if len(causes) == 1 else None
    with nullcontext() if common is None else trace_context(common):
        yield


def new_traceparent() -> str:
    """Return the start of a new trace, not sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
