"""Title of an entry, from the template of its type and its data."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.languages import Language
from heed_customer.timeline.titles.labels import label
from heed_customer.timeline.titles.templates import TEMPLATES

FIELD = re.compile(r"\{([a-z_.]+)(?::([a-z_]+))?\}")
VERSION = re.compile(r"\.v[0-9]+$")
CASE_FIELDS = ("case_kind", "kind")
"""The kind of a case; in remedies `kind` is that of the remedy."""


def title(event_type: str, data: Mapping[str, Any], language: Language) -> str:
    """Return the title. A type without a template, of a later version of a service, is its own title."""
    template = TEMPLATES.get(VERSION.sub("", event_type))
    if template is None:
        return event_type
    text = FIELD.sub(lambda match: _text(event_type, data, match[1], match[2], language), template[language])
    return text[:1].upper() + text[1:]


def _text(event_type: str, data: Mapping[str, Any], path: str, taxonomy: str | None, language: Language) -> str:
    value = _value(event_type, data, path)
    if taxonomy is not None:
        return label(taxonomy, value, language)
    return "–" if value is None else str(value)


def _value(event_type: str, data: Mapping[str, Any], path: str) -> object:
    """Return the value of the field; fields that have their default are not stored."""
    if path == "case":
        path = next(name for name in CASE_FIELDS if name in _defaults(event_type) or name == CASE_FIELDS[-1])
    first, *further = path.split(".")
    value: Any = data.get(first, _defaults(event_type).get(first))
    for name in further:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


@cache
def _defaults(event_type: str) -> Mapping[str, object]:
    """Return the defaults of the event's fields as its data have them."""
    event: type[Event] | None = EVENTS.get(event_type)
    fields = event.model_fields.items() if event is not None else ()
    defaults = {name: field.default for name, field in fields if not field.is_required()}
    return {name: default.value if isinstance(default, Enum) else default for name, default in defaults.items()}
