"""Registry of all event classes, by type and by topic."""

from heed_common.contracts import complaint, customer, message, scoring, survey
from heed_common.contracts.event import Event


def _leaves(event: type[Event]) -> list[type[Event]]:
    children = event.__subclasses__()
    return [leaf for child in children for leaf in _leaves(child)] if children else [event]


EVENT_CLASSES: tuple[type[Event], ...] = tuple(
    leaf
    for module in (customer, complaint, survey, scoring, message)
    for leaf in sorted(_leaves(Event), key=lambda leaf: (leaf.full_type(), leaf.__name__))
    if leaf.__module__ == module.__name__
)

EVENTS: dict[str, type[Event]] = {event.full_type(): event for event in EVENT_CLASSES}
"""By full type. Of a type that several services publish, each with a class of its own, one class."""

EVENTS_BY_TOPIC: dict[tuple[str, str], type[Event]] = {
    (event.topic, event.full_type()): event for event in EVENT_CLASSES
}
"""By topic and full type: a type on a topic that does not own it is absent."""

TOPICS: tuple[str, ...] = tuple(dict.fromkeys(event.topic for event in EVENT_CLASSES))


def defining_class(event: type[Event]) -> type[Event]:
    """Return the class that defines the type and its data: the common class of a type on several topics."""
    return next(ancestor for ancestor in event.__mro__ if "type" in vars(ancestor))
