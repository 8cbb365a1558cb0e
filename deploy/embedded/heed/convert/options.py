"""Options of a conversion. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

SOURCES = ("zendesk-tickets", "freshdesk-tickets", "shopify-orders")
"""What a file may be an export of."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to read an export."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Of moments that have no offset."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Categories by types, tags or product types of the other system, in lower case."""
    default_category: str = "other"

    def category_of(self, words: Iterable[str]) -> str:
        """Return the category of the first of the words that has one."""
        found = (self.categories[word.lower()] for word in words if word.lower() in self.categories)
        return next(found, self.default_category)
