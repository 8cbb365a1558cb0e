"""Who may be merged into whom, and what may be undone. Pure: no clock, no tables."""

from collections.abc import Sequence
from uuid import UUID

from heed_customer.merges.errors import AlreadyMerged, MergeCycle, NotMerged


def check_merge(duplicate: Sequence[UUID], survivor: Sequence[UUID]) -> None:
    """Both are told with all whom they are merged into, themselves first. Raises what stands against it."""
    if len(duplicate) > 1:
        raise AlreadyMerged(pointer="/duplicate_id")
    if duplicate[0] in survivor:
        raise MergeCycle(pointer="/duplicate_id")


def check_unmerge(duplicate: Sequence[UUID], survivor_id: UUID) -> None:
    """Exactly what was merged comes apart: the duplicate from the one whom it was merged into, not from the root."""
    if len(duplicate) == 1 or duplicate[1] != survivor_id:
        raise NotMerged(pointer="/duplicate_id")
