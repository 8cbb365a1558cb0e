"""Groups in which anonymous responses become visible, whatever the order of answers and looks."""

from hypothesis import given
from hypothesis import strategies as st

from heed_survey.responses.anonymous.rules import MIN_RELEASED, group_size, release_count, shuffled

arrivals = st.lists(st.integers(0, 12), max_size=30)
"""Responses between two runs of the job."""


def run(numbers, group):
    """Return the sizes of the released groups, and what is left after closing."""
    pooled, released, groups = 0, 0, []
    for closed, number in [*((False, number) for number in numbers), (True, 0)]:
        pooled += number
        count = release_count(pooled, released=released, group=group, is_closed=closed)
        pooled, released = pooled - count, released + count
        groups += [count] if count else []
    return groups, pooled


@given(arrivals, st.integers(5, 9))
def test_nothing_becomes_visible_in_a_smaller_group(numbers, group):
    groups, left = run(numbers, group)
    assert all(size >= group for size in groups)
    assert sum(groups) + left == sum(numbers)
    assert left < group


@given(st.lists(st.just(1), min_size=10, max_size=60))
def test_of_ten_single_responses_all_are_visible_in_the_end(numbers):
    groups, left = run(numbers, 5)
    assert groups[0] == 5
    assert left == 0


def test_the_first_group_is_visible_at_once_and_later_ones_leave_a_group_behind():
    assert [release_count(n, released=0, group=5, is_closed=False) for n in (0, 4, 5, 9, 10, 1000)] == [
        0,
        0,
        5,
        9,
        5,
        995,
    ]
    assert [release_count(n, released=5, group=5, is_closed=False) for n in (1, 5, 9, 10, 14)] == [0, 0, 0, 5, 9]
    assert [release_count(n, released=5, group=5, is_closed=True) for n in (0, 4, 5, 9)] == [0, 0, 5, 9]


def test_a_group_has_five_responses_at_least():
    assert [group_size(n) for n in (3, 5, 8)] == [MIN_RELEASED, 5, 8]


@given(st.lists(st.integers()))
def test_a_shuffled_list_has_the_same_entries(entries):
    assert sorted(shuffled(entries)) == sorted(entries)
