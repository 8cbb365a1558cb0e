"""Errors of pages and streams of events."""

from heed_common.errors import Unavailable


class EventsUnavailable(Unavailable):
    code, title = "events_unavailable", "The broker does not respond; please try again."


class TooManyStreams(Unavailable):
    code, title = "too_many_streams", "Too many streams are open at this moment; please try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "30"}
