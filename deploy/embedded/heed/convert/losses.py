"""What a conversion could not take along, and how it read what it took: a report to decide by."""

from collections import Counter
from collections.abc import Iterable, Mapping


class Losses:
    """Counts fields without a counterpart, values that were mapped, and records that were left out."""

    def __init__(self) -> None:
        self.fields = Counter[str]()
        self.mapped = Counter[tuple[str, str, str]]()
        self.skipped = Counter[str]()
        self.notes = Counter[str]()

    def field(self, name: str) -> None:
        """Count a record with content in a field that Heed has no counterpart of."""
        self.fields[name] += 1

    def unread(self, record: Mapping[str, object], *, known: Iterable[str]) -> None:
        """Count all fields with content that the conversion does not read."""
        for name in record.keys() - set(known):
            if record[name] not in (None, "", [], {}, False):
                self.field(name)

    def map(self, field: str, value: object, *, to: str) -> str:
        """Count a value that was read as another one, and return that one."""
        self.mapped[field, "" if value is None else str(value), to] += 1
        return to

    def skip(self, reason: str) -> None:
        self.skipped[reason] += 1

    def note(self, what: str) -> None:
        """Count something that was left out of a record that was converted."""
        self.notes[what] += 1

    def lines(self) -> Iterable[str]:
        """Yield the report as text."""
        for title, counts in (("left out", self.skipped), ("not taken along", self.notes)):
            for what, number in sorted(counts.items()):
                yield f"  {title}: {what}: {number:,}"
        for (field, value, to), number in sorted(self.mapped.items()):
            yield f"  {field} {value or '(empty)'} became {to}: {number:,}"
        for name, number in sorted(self.fields.items()):
            yield f"  no counterpart: {name}, with content in {number:,}"
