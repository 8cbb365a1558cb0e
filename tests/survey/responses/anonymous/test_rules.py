"""Groups in which anonymous responses become visible, whatever the order of answers and looks."""

from collections import Counter
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from heed_survey.responses.anonymous.rules import MIN_RELEASED, draw, group_size, release_count, shuffled
from heed_survey.responses.rules import Design

arrivals = st.lists(st.integers(0, 12), max_size=30)
"""Responses between two runs of the job."""


def run(numbers, group):
    """Return the sizes of the released groups, and what is left after closing."""
    pooled, released, groups = 0, 0, []
    for closed, number in [*((False, number) for number in numbers), (True, 0)]:
        pooled += number
        count = release_count(pooled, is_first=released == 0, group=group, is_closed=closed)
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
    assert [release_count(n, is_first=True, group=5, is_closed=False) for n in (0, 4, 5, 9, 10, 1000)] == [
        0,
        0,
        5,
        9,
        5,
        995,
    ]
    assert [release_count(n, is_first=False, group=5, is_closed=False) for n in (1, 5, 9, 10, 14)] == [0, 0, 0, 5, 9]
    assert [release_count(n, is_first=False, group=5, is_closed=True) for n in (0, 4, 5, 9)] == [0, 0, 5, 9]


kinds = st.tuples(st.sampled_from(["web", "phone"]), st.sampled_from([None, "a", "b"]))


@given(st.lists(st.lists(kinds, max_size=12), max_size=12))
def test_no_response_becomes_visible_among_fewer_of_its_kind(arrivals):
    """The kind is what a released response shows beside its answers."""
    pool, begun = [], frozenset()
    for is_closed, new in [*((False, kinds) for kinds in arrivals), (True, [])]:
        pool += [make_entry(mode, cluster) for mode, cluster in new]
        drawn = draw(pool, begun=begun, group=5, is_closed=is_closed)
        shown = Counter((entry["mode"], entry["design"]["cluster"]) for entry in drawn.released)
        assert all(count >= 5 for count in shown.values())
        assert len(drawn.released) + len(drawn.rest) == len(pool)
        pool, begun = list(drawn.rest), drawn.begun
    assert len(pool) <= 2 * 4, "at most four of each mode are never shown"


def make_entry(mode, cluster):
    return {
        "survey_version": 1,
        "state": "published",
        "mode": mode,
        "wave": None,
        "design": asdict(Design(cluster=cluster)),
    }


def test_a_group_has_five_responses_at_least():
    assert [group_size(n) for n in (3, 5, 8)] == [MIN_RELEASED, 5, 8]


@given(st.lists(st.integers()))
def test_a_shuffled_list_has_the_same_entries(entries):
    assert sorted(shuffled(entries)) == sorted(entries)
