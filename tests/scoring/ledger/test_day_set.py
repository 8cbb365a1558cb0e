from hypothesis import given
from hypothesis import strategies as st

from heed_scoring.ledger.day_set import MAX_ORDINALS, DaySet
from tests.examples import examples

FIRST = 738_000
ordinals = st.integers(FIRST, FIRST + 10_000)
some_days = st.lists(ordinals, max_size=80)


@given(some_days, some_days, ordinals)
@examples(150)
def test_a_set_of_days_holds_what_a_set_of_numbers_holds(days, others, day):
    held, plain = DaySet.of(days), set(days)
    assert (len(held), day in held) == (len(plain), day in plain)
    assert (held.first, held.last) == ((min(plain), max(plain)) if plain else (0, -1))
    assert held | DaySet.of(others) == DaySet.of(plain | set(others))
    assert held.without(others) == DaySet.of(plain - set(others))
    assert bool(held) is bool(plain)


@given(st.lists(ordinals, min_size=1, max_size=2 * MAX_ORDINALS))
@examples(100)
def test_a_stored_set_of_days_is_read_as_it_was(days):
    held = DaySet.of(days)
    assert DaySet.from_json(held.to_json()) == held


def test_few_days_are_stored_as_a_list_and_many_take_little_more_than_a_bit_each():
    few, many = DaySet.of([FIRST + 9, FIRST]), DaySet.of(range(FIRST, FIRST + 10_000))
    assert few.to_json() == [FIRST, FIRST + 9]
    assert len(many.to_json()[1]) < 10_000 / 5
