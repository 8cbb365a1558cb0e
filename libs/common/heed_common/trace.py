"""The W3C trace context that a request or an event brought along, carried to whatever it causes."""

from contextvars import ContextVar

_TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The `traceparent` of the work under way."""
    return _TRACEPARENT.get()


def set_traceparent(traceparent: str | None) -> None:
    """Says whose work the present task does."""
    _TRACEPARENT.set(traceparent)
