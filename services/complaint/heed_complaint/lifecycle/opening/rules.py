"""Validation of new and corrected complaints. Pure: no clock, no tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.currencies import was_valid
from heed_common.fields import CLOCK_TOLERANCE, is_too_far_ahead
from heed_common.occurrence import InTheFuture, OutOfOrder, check_occurrence
from heed_complaint.core.attachments import Attachment
from heed_complaint.lifecycle.opening.errors import CurrencyWithdrawn, NotACustomer, TooManyCorrections

MAX_CORRECTIONS = 20
MAX_DESCRIPTION = 10_000
MAX_FORMER_CUSTOMERS = 3


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint to be opened; without `received_at` it is received now."""

    external_id: str | None
    customer_id: UUID | None
    """None while the customer is unknown."""
    channel: str
    category: str
    severity: Severity
    description: str
    occurred_at: datetime
    received_at: datetime | None
    dispatch_received_at: datetime | None
    service_point_id: str | None
    product: str | None
    purchase_id: UUID | None
    amount_at_stake: Decimal | None
    currency: str | None
    kind: CaseKind = CaseKind.COMPLAINT
    quality_side: str | None = None
    responsible_unit: str | None = None
    confidential: bool = False
    regulator: bool = False
    attachments: tuple[Attachment, ...] = ()
    split_from: UUID | None = None
    """The complaint that it was a part of."""
    follow_up_of: UUID | None = None
    """The ended complaint whose customer wrote again."""

    def explicit_values(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults: naming a default does not change a request."""
        defaults = {field.name for field in fields(self) if getattr(self, field.name) == field.default}
        return {name: value for name, value in asdict(self).items() if name not in defaults}


def check_timestamps(new: NewComplaint, *, received_at: datetime, now: datetime) -> None:
    """Raise an error unless occurrence, receipt and dispatch are in this order and none is in the future."""
    if is_too_far_ahead(new.occurred_at, now=now):
        raise InTheFuture(pointer="/occurred_at")
    if is_too_far_ahead(received_at, now=now):
        raise InTheFuture(pointer="/received_at")
    if received_at + CLOCK_TOLERANCE < new.occurred_at:
        raise OutOfOrder("It cannot be received before it went wrong.", pointer="/received_at")
    check_dispatch(new.dispatch_received_at, received_at=received_at, now=now)


def check_earliest(given: Mapping[str, Any], *, earliest: date, now: datetime) -> None:
    """Raise `TooEarly` or `InTheFuture` for an occurrence or receipt that callers must have mistyped."""
    for name in ("occurred_at", "received_at"):
        if given.get(name) is not None:
            check_occurrence(given[name], earliest=earliest, now=now, pointer=f"/{name}")


def check_dispatch(
    dispatch_received_at: datetime | None,
    *,
    received_at: datetime,
    now: datetime,
    pointer: str = "/dispatch_received_at",
) -> None:
    """Raise an error for a dispatch before the receipt or in the future."""
    if dispatch_received_at is None:
        return
    if is_too_far_ahead(dispatch_received_at, now=now):
        raise InTheFuture(pointer=pointer)
    if dispatch_received_at + CLOCK_TOLERANCE < received_at:
        raise OutOfOrder("It cannot be dispatched before it is received.", pointer=pointer)


def check_corrected_receipt(
    changed: Mapping[str, Any], *, occurred_at: datetime, received_at: datetime, recorded_by: datetime
) -> None:
    """Raise `OutOfOrder` for a corrected occurrence or receipt that contradicts the other, or the recording."""
    if not changed.keys() & {"occurred_at", "received_at"}:
        return
    occurred_at, received_at = changed.get("occurred_at", occurred_at), changed.get("received_at", received_at)
    pointer = "/received_at" if "received_at" in changed else "/occurred_at"
    if received_at + CLOCK_TOLERANCE < occurred_at:
        raise OutOfOrder("It cannot be received before it went wrong.", pointer=pointer)
    if received_at > recorded_by + CLOCK_TOLERANCE:
        raise OutOfOrder("It cannot be received after it was recorded.", pointer=pointer)


def check_currency(changed: Mapping[str, Any], *, currency: str, occurred_at: datetime) -> None:
    """Raise `CurrencyWithdrawn` if a correction of either leaves a currency that was withdrawn before it went wrong."""
    named = next((name for name in ("currency", "occurred_at") if name in changed), None)
    corrected: dict[str, Any] = {"currency": currency, "occurred_at": occurred_at} | dict(changed)
    if named is not None and not was_valid(corrected["currency"], on=corrected["occurred_at"].date()):
        raise CurrencyWithdrawn(pointer=f"/{named}")


def check_customer(customer_id: UUID | None, *, complaint_id: UUID) -> None:
    """Raise `NotACustomer` for the complaint's own id, which marks an unknown customer."""
    if customer_id == complaint_id:
        raise NotACustomer(pointer="/customer_id")


def check_corrections(corrections: int) -> None:
    """Raise `TooManyCorrections` at the limit: each correction adds a row for a former customer."""
    if corrections >= MAX_CORRECTIONS:
        raise TooManyCorrections(pointer="/customer_id")


def former_customers(former: Sequence[UUID], *, opening: UUID, left: UUID, now_of: UUID) -> list[UUID]:
    """Return the last former customers, the most recent last. The customer at the opening is stored separately.

    Events name several of them, so that a late or dead-lettered event does no harm: a former customer is named by the
    events of the next corrections as well.
    """
    others = [customer_id for customer_id in (*former, left) if customer_id not in (opening, now_of)]
    newest_first = dict.fromkeys(reversed(others))
    return list(newest_first)[:MAX_FORMER_CUSTOMERS][::-1]
