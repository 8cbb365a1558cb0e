"""Registry of all event classes by full type."""

from heed_common.contracts import complaint, customer, scoring, survey
from heed_common.contracts.event import Event


def _leaves(event: type[Event]) -> list[type[Event]]:
    children = event.__subclasses__()
    return [leaf for child in children for leaf in _leaves(child)] if children else [event]


EVENTS: dict[str, type[Event]] = {
    leaf.full_type(): leaf
    for module in (customer, complaint, survey, scoring)
    for leaf in sorted(_leaves(Event), key=lambda leaf: leaf.full_type())
    if leaf.__module__ == module.__name__
}

TOPICS: tuple[str, ...] = tuple(dict.fromkeys(event.topic for event in EVENTS.values()))
