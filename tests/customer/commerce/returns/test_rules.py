from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heed_customer.commerce.purchases.rules import Line, PricedLine, price_line
from heed_customer.commerce.returns.errors import ReturnExceedsPurchase, SkuUnknown
from heed_customer.commerce.returns.rules import ReturnedLine, Value, value_of_return

prices = st.decimals(0, Decimal("999999999.9999"), places=4)
quantities = st.decimals(Decimal("0.001"), 1_000_000, places=3)
lines = st.builds(
    Line, sku=st.sampled_from("abc"), category=st.just("music"), quantity=quantities, unit_price=prices,
    unit_cost=st.none() | prices,
)  # fmt: skip
purchases = st.lists(lines, min_size=1, max_size=5).map(lambda drawn: [priced(line) for line in drawn])


def priced(line: Line) -> PricedLine:
    return price_line(line, default_margin=Decimal("0.30"))


def bought(quantity: str = "3", unit_price: str = "10", **overrides: str) -> PricedLine:
    return priced(Line(overrides.get("sku", "a"), "music", Decimal(quantity), Decimal(unit_price), Decimal("4.01")))


def back(quantity: str, sku: str = "a") -> ReturnedLine:
    return ReturnedLine(sku, Decimal(quantity))


def total(purchase: list[PricedLine]) -> Value:
    return sum((Value(line.quantity, line.gross, line.margin) for line in purchase), Value())


def split(purchase: list[PricedLine], data: st.DataObject) -> list[list[ReturnedLine]]:
    """Return the complete purchase, split into returns of arbitrary parts."""
    left = {line.sku: Decimal(0) for line in purchase}
    for line in purchase:
        left[line.sku] += line.quantity
    returns: list[list[ReturnedLine]] = []
    while any(left.values()):
        sku = data.draw(st.sampled_from(sorted(name for name, quantity in left.items() if quantity)))
        whole = len(returns) > 6 or data.draw(st.booleans())
        part = left[sku] if whole else data.draw(st.decimals(Decimal("0.001"), left[sku], places=3))
        left[sku] -= part
        returns.append([ReturnedLine(sku, part)])
    return returns


@settings(deadline=None)
@given(purchases, st.data())
def test_a_purchase_returned_completely_in_any_parts_has_no_value_left(purchase, data):
    gone: list[ReturnedLine] = []
    given_back = Value()
    for lines in split(purchase, data):
        given_back += value_of_return(purchase, returned=gone, lines=lines)
        gone += lines
    assert given_back == total(purchase)


@settings(deadline=None)
@given(purchases)
def test_all_at_once_gives_back_all(purchase):
    lines = [ReturnedLine(line.sku, line.quantity) for line in purchase]
    assert value_of_return(purchase, returned=[], lines=lines) == total(purchase)


@settings(deadline=None)
@given(purchases, st.data())
def test_the_remaining_quantity_can_be_returned_and_not_a_thousandth_more(purchase, data):
    gone = [line for part in split(purchase, data)[:-1] for line in part]
    sku = data.draw(st.sampled_from(sorted({line.sku for line in purchase})))
    units = sum(line.quantity for line in purchase if line.sku == sku)
    left = units - sum(line.quantity for line in gone if line.sku == sku)
    assume(left > 0)
    value_of_return(purchase, returned=gone, lines=[ReturnedLine(sku, left)])
    with pytest.raises(ReturnExceedsPurchase):
        value_of_return(purchase, returned=gone, lines=[ReturnedLine(sku, left + Decimal("0.001"))])


def test_a_third_of_ten_leaves_the_remainder_to_the_last():
    purchase = [bought(quantity="3", unit_price="3.3333")]
    parts = [value_of_return(purchase, returned=[back("1")] * n, lines=[back("1")]).gross for n in range(3)]
    assert sum(parts) == Decimal("9.9999")
    uneven = [priced(Line("a", "music", Decimal(3), Decimal("0.0001"), None))]
    margins = [value_of_return(uneven, returned=[back("1")] * n, lines=[back("1")]).margin for n in range(3)]
    assert (uneven[0].margin, sum(margins)) == (Decimal("0.0001"), Decimal("0.0001"))


def test_an_article_bought_at_two_prices_is_returned_at_their_mean():
    purchase = [bought(quantity="1", unit_price="10"), bought(quantity="1", unit_price="20")]
    assert value_of_return(purchase, returned=[], lines=[back("1")]).gross == 15


def test_one_return_may_name_an_article_twice_but_not_take_more_than_there_is():
    purchase = [bought(quantity="2")]
    assert value_of_return(purchase, returned=[], lines=[back("1"), back("1")]).gross == 20
    with pytest.raises(ReturnExceedsPurchase) as refused:
        value_of_return(purchase, returned=[], lines=[back("1"), back("1.001")])
    assert refused.value.pointer == "/lines/1/quantity"


def test_an_article_that_was_not_bought_cannot_be_returned():
    with pytest.raises(SkuUnknown) as refused:
        value_of_return([bought()], returned=[], lines=[back("1"), back("1", sku="z")])
    assert refused.value.pointer == "/lines/1/sku"
