"""Title of an entry, from the template of its type and its data."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from itertools import zip_longest
from typing import Any, NamedTuple

from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.languages import Language
from heed_customer.timeline.titles.labels import label
from heed_customer.timeline.titles.templates import TEMPLATES

FIELD = re.compile(r"\{([a-z_.]+)(?::([a-z_]+))?\}")
VERSION = re.compile(r"\.v[0-9]+$")
CASE_FIELDS = ("case_kind", "kind")
"""The kind of a case; in remedies `kind` is that of the remedy."""


class Part(NamedTuple):
    """A field in a template."""

    field: str
    path: tuple[str, ...]
    """Names within the value of the field."""
    default: object
    taxonomy: str | None


def title(event_type: str, data: Mapping[str, Any], language: Language) -> str:
    """Return the title. A type without a template, of a later version of a service, is its own title."""
    parts = _parts(event_type, language)
    if not parts:
        return event_type
    text = "".join(part if isinstance(part, str) else _text(part, data, language) for part in parts)
    return text[:1].upper() + text[1:]


@cache
def _parts(event_type: str, language: Language) -> Sequence[str | Part]:
    """Return the template as fixed texts and fields in turn; nothing for a type without one."""
    template = TEMPLATES.get(VERSION.sub("", event_type))
    if template is None:
        return []
    texts = FIELD.split(template[language])
    fields = [_part(event_type, path, taxonomy) for path, taxonomy in zip(texts[1::3], texts[2::3], strict=True)]
    return [part for pair in zip_longest(texts[::3], fields) for part in pair if part is not None]


def _part(event_type: str, path: str, taxonomy: str | None) -> Part:
    """Return the field with its default, because fields that have their default are not stored."""
    defaults = _defaults(event_type)
    if path == "case":
        path = next(name for name in CASE_FIELDS if name in defaults or name == CASE_FIELDS[-1])
    first, *further = path.split(".")
    return Part(first, tuple(further), defaults.get(first), taxonomy)


def _text(part: Part, data: Mapping[str, Any], language: Language) -> str:
    value: Any = data.get(part.field, part.default)
    for name in part.path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if part.taxonomy is not None:
        return label(part.taxonomy, value, language)
    return "–" if value is None else str(value)


@cache
def _defaults(event_type: str) -> Mapping[str, object]:
    """Return the defaults of the event's fields as its data have them."""
    event: type[Event] | None = EVENTS.get(event_type)
    fields = event.model_fields.items() if event is not None else ()
    defaults = {name: field.default for name, field in fields if not field.is_required()}
    return {name: default.value if isinstance(default, Enum) else default for name, default in defaults.items()}
