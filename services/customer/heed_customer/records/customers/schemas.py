"""Requests and responses of customers."""

from functools import cache
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from heed_common.batches import MAX_ITEMS
from heed_common.contracts.customer import BuyerType, CustomerKind, CustomerRole
from heed_common.fields import ExternalId, Moment, RequestModel, ResponseModel, ShortText, Visible, validation_error
from heed_customer.records.customers.rules import NewCustomer

UNSET: Any = None
"""Default of a field that a patch may omit but not clear."""


@cache
def _time_zones() -> frozenset[str]:
    """Return the names of all time zones; cached, because the standard library reads hundreds of files each time."""
    return frozenset(available_timezones())


def _check_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise validation_error("time_zone_unknown", "must be an IANA time zone, such as Asia/Shanghai")
    return name


LanguageTag = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$"), Field(examples=["zh-CN"])
]
TimeZone = Annotated[str, AfterValidator(_check_time_zone), Field(examples=["Asia/Shanghai"])]
Region = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), Visible]


class CustomerIn(RequestModel):
    external_id: ExternalId | None = None
    kind: CustomerKind
    """A person, or an organization."""
    role: CustomerRole | None = None
    """Whether the customer uses what it buys (`final`) or sells it on; null if it is not known."""
    buyer_type: BuyerType | None = None
    name: ShortText
    """Of the person or organization; personal data, never in an event."""
    language: LanguageTag | None = None
    """BCP 47 tag, such as `en` or `zh`, of messages; null if it is not known."""
    time_zone: TimeZone | None = None
    """IANA name, such as `Asia/Shanghai`, for quiet hours; null: the organization's counts."""
    region: Region | None = None
    """Code of your own or of ISO 3166-2, such as `CN-SH`; by a country in front telephone numbers are read."""
    owner: ShortText | None = None
    """Account manager; null if none."""

    def to_domain(self) -> NewCustomer:
        return NewCustomer(
            external_id=self.external_id,
            kind=self.kind,
            role=self.role,
            buyer_type=self.buyer_type,
            name=self.name,
            language=self.language,
            time_zone=self.time_zone,
            region=self.region,
            owner=self.owner,
        )


class CustomerPut(RequestModel):
    """A customer as the system has it that gave the external id; a field that is left out is empty."""

    kind: CustomerKind
    role: CustomerRole | None = None
    buyer_type: BuyerType | None = None
    name: ShortText
    language: LanguageTag | None = None
    time_zone: TimeZone | None = None
    region: Region | None = None
    owner: ShortText | None = None

    def to_domain(self, external_id: str) -> NewCustomer:
        return NewCustomer(external_id=external_id, **dict(self))


class CustomerBatchIn(RequestModel):
    items: list[Any] = Field(
        description="At most 1000 customers, each as in a single call.",
        json_schema_extra={"maxItems": MAX_ITEMS, "items": {"$ref": "#/components/schemas/CustomerIn"}},
    )


class CustomerPatch(RequestModel):
    kind: CustomerKind = Field(UNSET, validate_default=False)
    role: CustomerRole | None = None
    buyer_type: BuyerType | None = None
    name: ShortText = Field(UNSET, validate_default=False)
    language: LanguageTag | None = None
    time_zone: TimeZone | None = None
    region: Region | None = None
    owner: ShortText | None = None

    def changes(self) -> dict[str, object]:
        return self.model_dump(exclude_unset=True)


class CustomerOut(ResponseModel):
    id: UUID
    external_id: str | None
    kind: CustomerKind
    role: CustomerRole | None
    buyer_type: BuyerType | None
    name: str
    language: str | None
    time_zone: str | None
    region: str | None
    owner: str | None
    registered_at: Moment
    """When it was registered here, not since when it is a customer."""
    changed_at: Moment
