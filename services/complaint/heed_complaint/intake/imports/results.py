"""Results of the lines of an import of complaints. Pure."""

from enum import StrEnum


class ComplaintConflict(StrEnum):
    """What an import does with a line whose external_id is stored with other content."""

    REJECT = "reject"
    KEEP = "keep"


class ItemResult(StrEnum):
    """What an import did with a line that it did not reject."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The stored content differs and was not replaced."""
