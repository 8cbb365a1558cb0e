"""The headers of a mail in every shape in which gateways write them. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_string, policy

from heed_complaint.intake.email.parsing.charsets import decode_header_text

MAX_HEADERS = 1000


@dataclass(frozen=True, slots=True)
class Headers:
    """Values by lower-case name, in the order of the mail. Raw: encoded words are decoded where a value is used."""

    values: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> "Headers":
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name.strip().lower(), []).append(value)
        return cls(values)

    def get(self, name: str) -> str | None:
        """Return the first value that is not blank."""
        return next((value for value in self.values.get(name, []) if value.strip()), None)

    def get_text(self, name: str) -> str | None:
        """Return the first value that is not blank, decoded."""
        value = self.get(name)
        return None if value is None else decode_header_text(value)

    def merged(self, explicit: Iterable[tuple[str, str]]) -> "Headers":
        """Return headers in which the explicit ones come first."""
        known = [(name, value) for name, values in self.values.items() for value in values]
        return Headers.from_pairs([*explicit, *known])


def parse_headers(given: object) -> Headers:
    """Return the headers from an object, a list of pairs or of `{name, value}`, that as JSON, or the block itself."""
    if isinstance(given, str):
        return Headers.from_pairs(list(_pairs_of_text(given))[:MAX_HEADERS])
    return Headers.from_pairs(list(_pairs(given))[:MAX_HEADERS])


def _pairs_of_text(text: str) -> Iterator[tuple[str, str]]:
    if text.lstrip()[:1] in ("[", "{"):
        try:
            decoded = json.loads(text)
        except ValueError:
            decoded = None
        if decoded is not None:
            yield from _pairs(decoded)
            return
    for name, value in message_from_string(text.lstrip("\r\n"), policy=policy.compat32).raw_items():
        yield name, str(value)


def _pairs(given: object) -> Iterator[tuple[str, str]]:
    if isinstance(given, dict):
        for name, value in given.items():
            for each in value if isinstance(value, list) else [value]:
                yield from _pair(name, each)
    elif isinstance(given, list):
        for entry in given:
            yield from _entry(entry)


def _entry(entry: object) -> Iterator[tuple[str, str]]:
    if isinstance(entry, list | tuple) and len(entry) == 2:
        yield from _pair(entry[0], entry[1])
    elif isinstance(entry, dict):
        lower = {str(name).lower(): value for name, value in entry.items()}
        yield from _pair(lower.get("name"), lower.get("value"))


def _pair(name: object, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(name, str) and isinstance(value, str | int | float):
        yield name, str(value)
