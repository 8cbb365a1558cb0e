"""Numbers as people read them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_plots import numbers


def test_a_small_share_is_shown_as_neither_0_nor_100_percent():
    assert [numbers.percent(part, 100_000) for part in (0, 7, 750, 12_345, 99_900, 100_000)] == [
        "0%", "<0.1%", "0.8%", "12%", "99.9%", "100%",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [("950", "USD 950", "USD 950"), ("12345.6", "USD 12.3k", "USD 1.23万"), ("-2500000", "USD −2.5M", "USD −250万")],
)
def test_large_amounts_are_short(amount, english, chinese):
    assert numbers.money("en", Decimal(amount), "USD") == english
    assert numbers.money("zh", Decimal(amount), "USD") == chinese


def test_a_share_of_nothing_is_no_share():
    assert [numbers.percent(0, 0), numbers.percent(None), numbers.percent(float("nan"))] == ["–", "–", "–"]
    assert numbers.proportion("en", 0, 0) == "–"


def test_a_share_of_a_few_is_shown_in_counts():
    assert [numbers.proportion("en", 2, 3), numbers.proportion("zh", 2, 3)] == ["2 of 3", "2/3"]
    assert numbers.proportion("en", 10, 20) == "50%"


@given(st.floats(-5, 5))
def test_a_share_is_none_all_or_negative_only_if_it_is(share):
    text = numbers.percent(share)
    assert (text == "0%") == (share == 0)
    assert (text == "100%") == (share == 1 or (share > 1 and round(100 * share) == 100))
    assert (numbers.MINUS in text) == (share < 0)


@given(st.decimals(-(10**15), 10**15, places=2), st.sampled_from(["en", "zh"]))
def test_an_amount_has_at_most_three_digits_and_zeros_below_a_thousand_of_the_largest_unit(amount, language):
    text = numbers.money(language, amount, "USD")
    assert "e" not in text.casefold().removeprefix("usd")
    assert (numbers.MINUS in text) == (round(amount) < 0)
    digits = "".join(character for character in text if character.isdigit()).strip("0")
    assert len(digits) <= 3 or abs(amount) < 10_000


@pytest.mark.parametrize(
    ("amount", "english"),
    [("999999", "USD 1M"), ("999.6", "USD 1k"), ("-0.2", "USD 0"), ("0", "USD 0"), ("1e15", "USD 1,000,000bn")],
)
def test_an_amount_next_to_a_unit_is_shown_in_it(amount, english):
    assert numbers.money("en", Decimal(amount), "USD") == english


def test_a_column_of_durations_has_one_unit():
    seconds = [85_000, 165_000, 248_000]
    assert [numbers.duration("en", each, like=min(seconds)) for each in seconds] == ["23.6 h", "45.8 h", "68.9 h"]
    assert numbers.duration("en", float("nan")) == "–"
