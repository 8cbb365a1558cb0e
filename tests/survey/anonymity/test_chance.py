"""The criterion of the attacks: what is chance passes, and what is not does not."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.survey.anonymity.chance import compare, most_by_chance

PEOPLE = [f"person {number}" for number in range(20)]


def test_of_a_random_order_one_place_is_right_and_rarely_many():
    assert most_by_chance((1,)) == 1
    assert most_by_chance((5,)) == 5
    assert most_by_chance((20,)) == 9
    assert most_by_chance((20,) * 3) == 14


@given(st.integers(0, 2**32))
def test_random_orders_are_chance(seed):
    orders = [random.Random(seed + number).sample(PEOPLE, len(PEOPLE)) for number in range(3)]
    assert compare([(order, PEOPLE) for order in orders]).is_chance


def test_the_true_order_is_complete_and_its_reverse_is_no_chance_either():
    assert compare([(PEOPLE, PEOPLE)]).is_complete
    assert not compare([(PEOPLE[::-1], PEOPLE)] * 3).is_chance


def test_an_order_that_is_right_by_and_large_is_no_chance():
    """In none of the places, and yet who is early in it is early in truth."""
    swapped = [person for pair in zip(PEOPLE[1::2], PEOPLE[::2], strict=True) for person in pair]
    verdict = compare([(swapped, PEOPLE)] * 3)
    assert (verdict.right, verdict.is_chance) == (0, False)
