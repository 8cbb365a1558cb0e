"""Merge chains: after any requests in any order, every customer has one final survivor."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.errors import HeedError
from heed_customer.records.merges import rules
from heed_customer.records.merges.errors import AlreadyMerged, MergeCycle, NotMerged

A, B, C = (UUID(int=number) for number in (1, 2, 3))
people = st.sampled_from([UUID(int=number) for number in range(6)])
wishes = st.lists(st.tuples(st.sampled_from(["merge", "unmerge"]), people, people), max_size=30)


def chain(survivors: Mapping[UUID, UUID], customer: UUID) -> Sequence[UUID]:
    """Return the chain; in a cycle it becomes longer than the number of customers."""
    found = [customer]
    while found[-1] in survivors and len(found) <= len(survivors) + 1:
        found.append(survivors[found[-1]])
    return found


@given(wishes)
def test_no_row_of_wishes_makes_a_circle(wishes):
    survivors: dict[UUID, UUID] = {}
    for wish, duplicate, survivor in wishes:
        try:
            if wish == "merge":
                rules.check_merge(chain(survivors, duplicate), chain(survivors, survivor))
                survivors[duplicate] = survivor
            else:
                rules.check_unmerge(chain(survivors, duplicate), survivor)
                del survivors[duplicate]
        except HeedError:
            continue
        assert all(len(chain(survivors, customer)) <= len(survivors) + 1 for customer in (duplicate, *survivors))


def test_a_duplicate_is_merged_once():
    with pytest.raises(AlreadyMerged):
        rules.check_merge([A, B], [C])


def test_a_customer_is_not_merged_into_its_own_duplicate():
    with pytest.raises(MergeCycle):
        rules.check_merge([A], [B, C, A])


def test_only_the_pair_that_was_merged_can_be_unmerged():
    rules.check_unmerge([A, B, C], B)
    for chain_of_duplicate in ([A], [A, C], [A, C, B]):
        with pytest.raises(NotMerged):
            rules.check_unmerge(chain_of_duplicate, B)
