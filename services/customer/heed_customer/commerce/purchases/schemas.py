"""Requests and responses of purchases."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from heed_common.contracts.customer import PurchaseKind
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
from heed_customer.commerce.purchases.rules import Line, NewPurchase

MAX_LINES = 1000
MAX_CATEGORIES = 200
"""All categories of a purchase are in one event, which may have at most 128 KiB."""

Sku = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Visible]
Category = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), Visible]


class LineIn(RequestModel):
    sku: Sku
    category: Category
    quantity: Quantity
    unit_price: Money
    unit_cost: Money | None = None


class PurchaseIn(RequestModel):
    external_id: ExternalId
    customer_id: UUID | None = None
    customer_external_id: ExternalId | None = None
    kind: PurchaseKind = PurchaseKind.GOODS
    occurred_at: Moment
    currency: CurrencyThen
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_LINES)
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


class BatchItemOut(ResponseModel):
    """Outcome of one item: 201 recorded, 200 recorded before, otherwise the problem."""

    external_id: str | None
    status: int
    id: UUID | None = None
    event_id: UUID | None = None
    problem: dict[str, Any] | None = None


class BatchOut(ResponseModel):
    items: list[BatchItemOut]
