"""Printed numbers add up as printed."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import rounding
from heed_measures.errors import InvalidInput
from tests.examples import examples

few = examples(30)

numbers = st.floats(-1e6, 1e6)
amounts = st.decimals(-(10**7), 10**7, places=4)
rows = st.tuples(numbers, st.lists(numbers, min_size=3, max_size=3))


@few
@given(numbers, st.lists(numbers, min_size=1, max_size=7), st.integers(0, 6))
def test_printed_contributions_add_up_exactly(baseline, parts, digits):
    printed = rounding.round_contributions(baseline, baseline + sum(parts), parts, digits=digits)
    assert printed.baseline + sum(printed.parts) == printed.total
    assert {-number.as_tuple().exponent for number in (printed.baseline, printed.total, *printed.parts)} == {digits}


@few
@given(numbers, st.lists(numbers, min_size=1, max_size=7), st.integers(0, 4))
def test_only_the_largest_part_is_moved_and_only_by_the_remainder(baseline, parts, digits):
    printed = rounding.round_contributions(baseline, baseline + sum(parts), parts, digits=digits)
    largest = int(np.argmax(np.abs(parts)))
    unit = Decimal(1).scaleb(-digits)
    for place, (part, shown) in enumerate(zip(parts, printed.parts, strict=True)):
        allowed = unit * (len(parts) + 2) / 2 if place == largest else unit / 2
        assert abs(Decimal(part) - shown) <= allowed + Decimal("1e-8")


@few
@given(st.lists(rows, min_size=1, max_size=20))
def test_a_row_alone_is_printed_like_the_same_row_among_many(many):
    baselines = [baseline for baseline, _ in many]
    totals = [baseline + sum(parts) for baseline, parts in many]
    units = rounding.round_contributions_fixed_point(baselines, totals, [parts for _, parts in many], digits=3)
    for place, (baseline, parts) in enumerate(many):
        alone = rounding.round_contributions(baseline, totals[place], parts, digits=3)
        assert [rounding.as_decimal(int(part), 3) for part in units.parts[place]] == list(alone.parts)


def test_the_first_of_equally_large_parts_takes_the_remainder():
    printed = rounding.round_contributions(0.0, 1.0, [1 / 3, 1 / 3, 1 / 3], digits=2)
    assert [str(part) for part in printed.parts] == ["0.34", "0.33", "0.33"]


def test_a_score_without_parts_is_its_baseline_or_refused():
    assert rounding.round_contributions(0.25, 0.25, [], digits=6).total == Decimal("0.250000")
    with pytest.raises(InvalidInput):
        rounding.round_contributions(0.25, 0.30, [], digits=6)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300])
def test_a_number_that_is_not_finite_is_refused(number):
    with pytest.raises(InvalidInput):
        rounding.to_fixed_point(number, digits=2)


@pytest.mark.parametrize(
    ("amount", "exponent", "printed"),
    [
        ("2.345", 2, "2.34"),
        ("2.355", 2, "2.36"),
        ("-2.345", 2, "-2.34"),
        ("2.5", 0, "2"),
        ("1.0005", 3, "1.000"),
        ("7", 2, "7.00"),
    ],
)
def test_money_is_rounded_half_even_to_the_minor_unit_of_its_currency(amount, exponent, printed):
    assert str(rounding.round_money(Decimal(amount), exponent=exponent)) == printed


@few
@given(st.lists(st.floats(-1e5, 1e5), min_size=2, max_size=20))
def test_rounding_never_turns_the_order_around(values):
    units = rounding.to_fixed_point(sorted(values), digits=2)
    assert len(units) == len(values)
    assert all(low <= high for low, high in pairwise(units))
