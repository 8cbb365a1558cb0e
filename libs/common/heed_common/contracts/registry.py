"""Registry of all event classes, by type and by topic."""

from collections.abc import Collection
from functools import cache

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


@cache
def short_type(full_type: str) -> str:
    """Return the type as people write it: `complaint.opened` for `heed.complaint.opened.v1`."""
    return full_type.removeprefix("heed.").rpartition(".v")[0] or full_type


def thing_of(full_type: str) -> str:
    """Return what the type is about: `complaint` of `heed.complaint.opened.v1`."""
    return short_type(full_type).partition(".")[0]


def full_types(names: Collection[str]) -> list[str]:
    """Return the types that the names stand for: full types, short ones, or all of one thing, such as `complaint`."""
    return [full for full in EVENTS if not {full, short_type(full), thing_of(full)}.isdisjoint(names)]
