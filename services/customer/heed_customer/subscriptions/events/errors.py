"""Errors of pages and streams of events."""

from heed_common.errors import Unavailable


class EventsUnavailable(Unavailable):
    code, title = "events_unavailable", "The broker does not respond; please try again."
    advice = "Send it again after `Retry-After` with the same `after`: nothing is skipped."


class TooManyStreams(Unavailable):
    code, title = "too_many_streams", "Too many streams are open at this moment; please try again."
    advice = "Close streams that are not read, or read pages."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "30"}
