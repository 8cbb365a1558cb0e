"""Which customers may be merged and un-merged. Pure: no clock, no tables."""

from collections.abc import Sequence
from uuid import UUID

from heed_customer.records.merges.errors import AlreadyMerged, MergeCycle, NotMerged


def check_merge(duplicate_chain: Sequence[UUID], survivor_chain: Sequence[UUID]) -> None:
    """Check a merge, given the merge chain of each customer, which begins with the customer itself.

    Raises `AlreadyMerged`, `MergeCycle`.
    """
    if len(duplicate_chain) > 1:
        raise AlreadyMerged(pointer="/duplicate_id")
    if duplicate_chain[0] in survivor_chain:
        raise MergeCycle(pointer="/duplicate_id")


def check_unmerge(duplicate_chain: Sequence[UUID], survivor_id: UUID) -> None:
    """Check that the duplicate is merged into exactly this survivor, not into one further up. Raises `NotMerged`."""
    if len(duplicate_chain) == 1 or duplicate_chain[1] != survivor_id:
        raise NotMerged(pointer="/duplicate_id")
