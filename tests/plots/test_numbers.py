"""Numbers as people read them."""

from decimal import Decimal

import pytest

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
