"""Requests and responses of purchases.

A purchase is by far the most frequent request, and validation by its schema takes most of the time of a row. So
`parse_purchase` reads documents as most callers write them directly, and leaves all others to the schema, which also
describes what is wrong with them.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from heed_common.contracts.customer import PurchaseKind
from heed_common.currencies import is_currency
from heed_common.fields import (
    Amount,
    CurrencyThen,
    ExternalId,
    Moment,
    Money,
    Quantity,
    RequestModel,
    ResponseModel,
    Visible,
    validation_error,
)
from heed_common.identifiers import to_uuid
from heed_common.text import is_blank
from heed_customer.commerce.purchases.rules import Line, NewPurchase

MAX_LINES = 1000
MAX_CATEGORIES = 200
"""All categories of a purchase are in one event, which may have at most 128 KiB."""
MAX_ID, MAX_SKU, MAX_CATEGORY = 200, 100, 64

Sku = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_SKU), Visible]
Category = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CATEGORY), Visible]


class LineIn(RequestModel):
    sku: Sku
    category: Category
    quantity: Quantity
    unit_price: Money
    unit_cost: Money | None = None


class PurchaseIn(RequestModel):
    external_id: ExternalId
    """Your own id. Sending the same content under it again changes nothing; other content is a conflict."""
    customer_id: UUID | None = None
    """Heed's id of the customer; either this or `customer_external_id`."""
    customer_external_id: ExternalId | None = None
    """Your id of the customer; either this or `customer_id`."""
    kind: PurchaseKind = PurchaseKind.GOODS
    """`goods`, or `service` such as a visit of a workshop."""
    occurred_at: Moment
    currency: CurrencyThen
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_LINES)
    """Articles of the purchase; one may occur in several lines."""
    service_point_id: ExternalId | None = None

    @model_validator(mode="after")
    def _names_one_customer(self) -> Self:
        if (self.customer_id is None) == (self.customer_external_id is None):
            raise validation_error("one_customer", "names either customer_id or customer_external_id")
        return self

    @model_validator(mode="after")
    def _fits_into_an_event(self) -> Self:
        if len(self.lines) > MAX_CATEGORIES and len({line.category for line in self.lines}) > MAX_CATEGORIES:
            raise validation_error("too_many_categories", "may have at most 200 different categories")
        return self

    def to_domain(self) -> NewPurchase:
        return NewPurchase(
            external_id=self.external_id,
            occurred_at=self.occurred_at,
            currency=self.currency,
            lines=tuple(
                Line(line.sku, line.category, line.quantity, line.unit_price, line.unit_cost) for line in self.lines
            ),
            kind=self.kind,
            service_point_id=self.service_point_id,
            customer_id=self.customer_id,
            customer_external_id=self.customer_external_id,
        )


KINDS = {kind.value: kind for kind in PurchaseKind}
PURCHASE_MEMBERS, LINE_MEMBERS = PurchaseIn.model_fields.keys(), LineIn.model_fields.keys()
PLAIN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PLAIN_MOMENT = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
PLAIN_QUANTITY = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")
PLAIN_MONEY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,4})?")


class _NotPlain(Exception):
    """The document is written in another way than most are. It may be valid or not."""


def parse_purchase(document: object) -> NewPurchase:
    """Return the purchase of a request. Raises `ValidationError`."""
    plain = read_plain(document)
    return PurchaseIn.model_validate(document).to_domain() if plain is None else plain


def read_plain(document: object) -> NewPurchase | None:
    """Return the purchase exactly as `PurchaseIn` reads it, or None to leave the document to the schema."""
    try:
        return _plain_purchase(document)
    except _NotPlain:
        return None


def _plain_purchase(document: object) -> NewPurchase:
    if type(document) is not dict or not document.keys() <= PURCHASE_MEMBERS:
        raise _NotPlain
    member = document.get
    customer_id, customer_external_id = member("customer_id"), member("customer_external_id")
    service_point_id, lines = member("service_point_id"), member("lines")
    if (customer_id is None) == (customer_external_id is None):
        raise _NotPlain
    # Up to so many lines the number of their categories needs no check.
    if type(lines) is not list or not 1 <= len(lines) <= MAX_CATEGORIES:
        raise _NotPlain
    return NewPurchase(
        external_id=_plain_text(member("external_id"), max_length=MAX_ID),
        occurred_at=_plain_moment(member("occurred_at")),
        currency=_plain_currency(member("currency")),
        lines=tuple([_plain_line(line) for line in lines]),
        kind=_plain_kind(member("kind", PurchaseKind.GOODS.value)),
        service_point_id=None if service_point_id is None else _plain_text(service_point_id, max_length=MAX_ID),
        customer_id=None if customer_id is None else _plain_id(customer_id),
        customer_external_id=(
            None if customer_external_id is None else _plain_text(customer_external_id, max_length=MAX_ID)
        ),
    )


def _plain_line(line: object) -> Line:
    if type(line) is not dict or not line.keys() <= LINE_MEMBERS:
        raise _NotPlain
    member = line.get
    unit_cost = member("unit_cost")
    quantity = _plain_decimal(member("quantity"), PLAIN_QUANTITY)
    if not quantity:
        raise _NotPlain
    return Line(
        sku=_plain_text(member("sku"), max_length=MAX_SKU),
        category=_plain_text(member("category"), max_length=MAX_CATEGORY),
        quantity=quantity,
        unit_price=_plain_decimal(member("unit_price"), PLAIN_MONEY),
        unit_cost=None if unit_cost is None else _plain_decimal(unit_cost, PLAIN_MONEY),
    )


def _plain_text(value: object, *, max_length: int) -> str:
    """Return a printable text that stripping does not change. Such a text can be stored."""
    if (
        type(value) is str
        and 0 < len(value) <= max_length
        and value.isprintable()
        and value == value.strip()
        and (value.isascii() or not is_blank(value))
    ):
        return value
    raise _NotPlain


def _plain_decimal(value: object, form: re.Pattern[str]) -> Decimal:
    """Return the decimal of a text or a JSON number, with the digits as they are written."""
    digits = str(value) if type(value) is int or type(value) is float else value
    if type(digits) is str and form.fullmatch(digits):
        return Decimal(digits)
    raise _NotPlain


def _plain_moment(value: object) -> datetime:
    if type(value) is str and PLAIN_MOMENT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            raise _NotPlain from None  # There is no such day.
    raise _NotPlain


def _plain_currency(value: object) -> str:
    if type(value) is str and is_currency(value):
        return value
    raise _NotPlain


def _plain_kind(value: object) -> PurchaseKind:
    if type(value) is str and value in KINDS:
        return KINDS[value]
    raise _NotPlain


def _plain_id(value: object) -> UUID:
    if type(value) is str and PLAIN_ID.fullmatch(value):
        return to_uuid(value)
    raise _NotPlain


class LineOut(ResponseModel):
    sku: str
    category: str
    quantity: Amount
    unit_price: Amount
    unit_cost: Amount | None
    gross: Amount
    margin: Amount


class PurchaseOut(ResponseModel):
    id: UUID
    external_id: str
    customer_id: UUID
    kind: PurchaseKind
    occurred_at: Moment
    currency: str
    lines: list[LineOut]
    units: Amount
    """Sum of the quantities of all lines."""
    gross: Amount
    margin: Amount
    margin_estimated: bool
    service_point_id: str | None
    recorded_at: Moment


class BatchIn(RequestModel):
    items: list[Any] = Field(
        description="At most 1000 purchases, each as in a single call, with at most 20000 lines together.",
        json_schema_extra={"maxItems": 1000, "items": {"$ref": "#/components/schemas/PurchaseIn"}},
    )
