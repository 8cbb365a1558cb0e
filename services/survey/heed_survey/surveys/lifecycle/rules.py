"""What must be recorded before a version is published. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from heed_survey.surveys.questionnaire.items import Item


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """What was changed after the version before, or after the pilot, and why."""

    reason: str
    changes: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ItemChanges:
    """Codes of items compared with the version before."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def compare(before: Sequence[Item], after: Sequence[Item]) -> ItemChanges:
    """Return the codes of items that were added, removed or changed."""
    old, new = ({item.code: item for item in items} for items in (before, after))
    return ItemChanges(
        added=tuple(code for code in new if code not in old),
        removed=tuple(code for code in old if code not in new),
        changed=tuple(code for code in new if code in old and new[code] != old[code]),
    )
