"""Each sign of a careless response, and the careful responses that look nearly like it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.surveys import quality_flags

NAN = np.nan
LIKE, EXPECT, DISLIKE = 0, 1, 4


@pytest.mark.parametrize(
    ("battery", "is_flagged"),
    [
        ([4, 4, 4, 4, 4, 4], True),
        ([4, 4, NAN, 4, 4, 4], True),
        ([4, 4, 4, 4, 4, 5], False),
        ([4, 4, 4, 4, NAN, NAN], False),
        ([NAN] * 6, False),
    ],
)
def test_straight_lining_is_one_value_for_five_items_or_more(battery, is_flagged):
    assert quality_flags.straight_lining([battery]).tolist() == [is_flagged]


@given(st.lists(st.lists(st.integers(1, 7), min_size=5, max_size=5), min_size=1, max_size=20))
def test_each_response_is_judged_by_its_own_answers(rows):
    assert quality_flags.straight_lining(rows).tolist() == [len(set(row)) == 1 for row in rows]


def test_a_battery_without_items_flags_no_response():
    assert quality_flags.straight_lining(np.empty((3, 0))).tolist() == [False] * 3


def test_a_battery_is_a_matrix():
    with pytest.raises(InvalidInput):
        quality_flags.straight_lining([4, 4, 4, 4, 4])


@pytest.mark.parametrize(
    ("seconds", "items", "is_flagged"),
    [(19.9, 10, True), (20.0, 10, False), (NAN, 10, False), (0.0, 0, False), (0.0, 1, True)],
)
def test_speeding_is_less_than_two_seconds_for_each_answer(seconds, items, is_flagged):
    assert quality_flags.speeding([seconds], [items]).tolist() == [is_flagged]


@pytest.mark.parametrize(
    ("value", "reverse", "is_flagged"),
    [
        (7, 7, True),
        (1, 1, True),
        (6, 6, True),
        (7, 1, False),
        (5, 5, True),
        (5, 4, False),
        (7, 3, False),
        (NAN, 7, False),
        (7, NAN, False),
    ],
)
def test_a_contradiction_agrees_with_an_item_and_with_its_reverse(value, reverse, is_flagged):
    found = quality_flags.contradictions([value], [reverse], lowest=1, highest=7)
    assert found.tolist() == [is_flagged]


@given(st.integers(1, 7))
def test_the_mirror_image_is_never_a_contradiction(value):
    assert not quality_flags.contradictions([value], [8 - value], lowest=1, highest=7).any()


def test_a_scale_has_two_ends():
    with pytest.raises(InvalidInput):
        quality_flags.contradictions([1], [1], lowest=1, highest=1)


@pytest.mark.parametrize(
    ("functional", "dysfunctional", "is_flagged"),
    [
        (LIKE, LIKE, True),
        (DISLIKE, DISLIKE, True),
        (EXPECT, EXPECT, False),
        (LIKE, DISLIKE, False),
        (NAN, NAN, False),
    ],
)
def test_a_pair_is_questionable_if_one_extreme_is_meant_twice(functional, dysfunctional, is_flagged):
    found = quality_flags.questionable_pairs([functional], [dysfunctional], like=LIKE, dislike=DISLIKE)
    assert found.tolist() == [is_flagged]


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12))
def test_of_equal_records_all_but_the_first_are_duplicates(records):
    assert quality_flags.duplicates(records).tolist() == [
        record in records[:index] for index, record in enumerate(records)
    ]


@pytest.mark.parametrize(("days", "is_flagged"), [(30.1, True), (30.0, False), (0.0, False), (NAN, False)])
def test_late_is_more_than_thirty_days_after_the_contact(days, is_flagged):
    assert quality_flags.late([days]).tolist() == [is_flagged]
