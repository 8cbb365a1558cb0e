"""Orders of Shopify as purchases: the Admin API's JSON, and the CSV export, a row for each line item. Pure."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from heed.convert.losses import Losses
from heed.convert.options import Options
from heed.convert.records import Record
from heed.convert.tickets import parse_moment

MAX_LINES = 1000
CENTS = Decimal("0.0001")
ORDER_COLUMNS = frozenset((
    *("name", "email", "currency", "created_at", "id", "cancelled_at", "accepts_marketing", "billing_name", "phone"),
    *("financial_status", "subtotal", "total"),
))  # fmt: skip
LINE_COLUMNS = frozenset((
    *("lineitem_quantity", "lineitem_name", "lineitem_price", "lineitem_sku", "lineitem_discount"),
))  # fmt: skip
ORDER_MEMBERS = frozenset((
    *("id", "name", "email", "currency", "created_at", "cancelled_at", "customer", "line_items", "financial_status"),
    *("total_price", "subtotal_price", "contact_email", "buyer_accepts_marketing", "admin_graphql_api_id", "number"),
    *("order_number", "current_total_price", "updated_at", "processed_at", "token", "test"),
))  # fmt: skip
COUNTED = (("shipping", "shipping"), ("taxes", "taxes"), ("discount_amount", "discounts of whole orders"),
           ("refunded_amount", "refunds"), ("total_tax", "taxes"), ("total_discounts", "discounts of whole orders"),
           ("refunds", "refunds"))  # fmt: skip
"""Amounts that no purchase has, as far as they are not zero."""


def orders_of_rows(rows: Iterator[Record]) -> Iterator[Record]:
    """Yield the orders of a CSV file. The first row of an order has its fields, all of them have a line item."""
    order: Record | None = None
    for row in rows:
        if order is None or row.get("name") != order.get("name"):
            if order is not None:
                yield order
            order = row | {"line_items": []}
        order["line_items"].append(_line_of_row(row))
    if order is not None:
        yield order


def to_purchase(order: Record, options: Options, losses: Losses, *, is_row: bool) -> tuple[Record, Record] | None:
    """Return the lines of the customer and of the purchase; None for an order that is none.

    Raises `MomentUnreadable`.
    """
    number = order.get("id") or order.get("name")
    customer = _customer_of_row(order) if is_row else _customer(order)
    if order.get("cancelled_at"):
        losses.skip("cancelled")
        return None
    if customer is None or not number or not order.get("created_at"):
        losses.skip("no customer" if customer is None else "no number or no moment")
        return None
    known = ORDER_COLUMNS | LINE_COLUMNS | {"line_items"} if is_row else ORDER_MEMBERS
    losses.unread(order, known=known | {name for name, _ in COUNTED})
    for name, what in COUNTED:
        if order.get(name) and _decimal(order[name]) != 0:
            losses.note(what)
    lines = [line for item in order.get("line_items") or () if (line := _line(item, options, losses)) is not None]
    occurred_at = parse_moment(order["created_at"], zone=options.zone)
    if not lines or len(lines) > MAX_LINES or occurred_at is None:
        losses.skip("no line with a quantity and a price" if not lines else f"more than {MAX_LINES:,} lines")
        return None
    purchase = {
        "external_id": f"shopify-{number}",
        "customer_external_id": customer["external_id"],
        "occurred_at": occurred_at.isoformat(),
        "currency": str(order.get("currency") or ""),
        "lines": lines,
    }
    return customer, purchase


def _line_of_row(row: Record) -> Record:
    return {
        "quantity": row.get("lineitem_quantity"),
        "title": row.get("lineitem_name"),
        "price": row.get("lineitem_price"),
        "sku": row.get("lineitem_sku"),
        "total_discount": row.get("lineitem_discount"),
    }


def _line(item: Record, options: Options, losses: Losses) -> Record | None:
    """Return the line, at the price after its own discount."""
    quantity, price = _decimal(item.get("quantity")), _decimal(item.get("price"))
    if quantity is None or price is None or quantity <= 0:
        losses.note("lines without a quantity or a price")
        return None
    discount = min(_decimal(item.get("total_discount")) or Decimal(0), price * quantity)
    title = str(item.get("title") or item.get("name") or "")
    words = [str(item.get("product_type") or ""), str(item.get("vendor") or ""), title]
    return {
        "sku": str(item.get("sku") or title or "unknown")[:200],
        "category": options.category_of(words),
        "quantity": f"{quantity:f}",
        "unit_price": f"{((price * quantity - discount) / quantity).quantize(CENTS):f}",
    }


def _decimal(value: object) -> Decimal | None:
    if value in (None, "", []):
        return None
    if isinstance(value, list):
        return Decimal(len(value))
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _customer(order: Record) -> Record | None:
    customer: Record = order.get("customer") or {}
    if not customer.get("id"):
        return _customer_of_row(order)
    name = " ".join(str(customer[part]) for part in ("first_name", "last_name") if customer.get(part))
    mail = customer.get("email") or order.get("email")
    return _with_mail({"external_id": f"shopify-{customer['id']}", "kind": "individual", "name": name}, mail)


def _customer_of_row(order: Record) -> Record | None:
    """Return the customer by the mail address, whose hash is the external id: an id must not be an address."""
    mail = str(order.get("email") or "").strip().lower()
    if not mail:
        return None
    digest = hashlib.sha256(mail.encode()).hexdigest()[:24]
    name = str(order.get("billing_name") or "")
    return _with_mail({"external_id": f"shopify-mail-{digest}", "kind": "individual", "name": name}, mail)


def _with_mail(customer: Record, mail: object) -> Record:
    named = customer | {"name": str(customer["name"] or f"Shopify customer {customer['external_id'][-8:]}")[:200]}
    return named | ({"mail": str(mail)} if mail else {})
