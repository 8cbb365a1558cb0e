from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from heed_common.identifiers import new_id
from heed_customer.commerce.purchases.rules import Line, NewPurchase, content_hash, price_purchase, products

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
money = st.decimals(0, Decimal("999999999.9999"), places=4)
quantities = st.decimals(Decimal("0.001"), 1_000_000, places=3)


def make_line(**overrides: object) -> Line:
    return Line(**({"sku": "a", "category": "music", "quantity": Decimal(1), "unit_price": Decimal(10)} | overrides))


def make_purchase(*lines: Line, **overrides: object) -> NewPurchase:
    return NewPurchase(**({"external_id": "p", "occurred_at": NOON, "currency": "USD", "lines": lines} | overrides))


def priced(*lines: Line, default_margin: str = "0.30"):
    return price_purchase(
        make_purchase(*lines), default_margin=Decimal(default_margin), purchase_id=new_id(), event_id=new_id()
    )


def test_gross_is_the_price_and_margin_is_gross_less_cost():
    purchase = priced(make_line(quantity=Decimal(3), unit_price=Decimal("9.99"), unit_cost=Decimal(6)))
    assert (purchase.units, purchase.gross, purchase.margin) == (3, Decimal("29.97"), Decimal("11.97"))
    assert not purchase.margin_estimated


def test_without_a_cost_the_default_margin_applies_and_is_marked_as_estimated():
    purchase = priced(make_line(unit_cost=Decimal(4)), make_line(sku="b", unit_price=Decimal(20)))
    assert (purchase.gross, purchase.margin, purchase.margin_estimated) == (30, 12, True)


def test_a_line_is_rounded_half_to_even_at_the_fourth_decimal():
    def gross(price: str) -> Decimal:
        return priced(make_line(quantity=Decimal("0.5"), unit_price=Decimal(price))).gross

    assert (gross("0.0001"), gross("0.0003"), gross("0.0005")) == (0, Decimal("0.0002"), Decimal("0.0002"))


@settings(deadline=None)
@given(st.lists(st.builds(make_line, quantity=quantities, unit_price=money, unit_cost=st.none() | money), min_size=1))
def test_the_lines_add_up_to_the_purchase_at_four_decimals(lines):
    purchase = priced(*lines)
    assert purchase.gross == sum(line.gross for line in purchase.lines)
    assert purchase.margin == sum(line.margin for line in purchase.lines)
    assert all(amount == amount.quantize(Decimal("0.0001")) for amount in (purchase.gross, purchase.margin))
    assert all(abs(line.gross - line.unit_price * line.quantity) <= Decimal("0.00005") for line in purchase.lines)


def test_the_same_purchase_may_be_written_in_different_ways():
    paris = NOON.astimezone(timezone(timedelta(hours=1)))
    first = make_purchase(make_line(quantity=Decimal("1.50")))
    assert content_hash(first) == content_hash(make_purchase(make_line(quantity=Decimal("1.5")), occurred_at=paris))


def test_any_other_content_makes_another_purchase():
    first = make_purchase(make_line(), make_line(sku="b"))
    others = [
        make_purchase(make_line(sku="b"), make_line()),
        make_purchase(make_line(), make_line(sku="b"), currency="EUR"),
        make_purchase(make_line(), make_line(sku="b"), service_point_id="s"),
        make_purchase(make_line(), make_line(sku="b"), occurred_at=NOON + timedelta(microseconds=1)),
        make_purchase(make_line(), make_line(sku="b", unit_cost=Decimal(0))),
    ]
    assert len({content_hash(purchase) for purchase in (first, *others)}) == 6


def test_each_article_is_published_once_in_the_order_of_the_lines():
    assert products(priced(make_line(sku="tea"), make_line(sku="cup"), make_line(sku="tea")).lines) == ("tea", "cup")


def test_of_a_very_long_purchase_the_first_articles_are_published():
    lines = priced(*(make_line(sku=f"s{n}") for n in range(1000))).lines
    assert products(lines) == tuple(f"s{n}" for n in range(80))
