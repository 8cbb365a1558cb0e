"""Events as scoring receives them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from heed_common.broker.protocols import Record
from heed_common.contracts.complaint import (
    ComplaintEvent,
    ComplaintOpened,
    ComplaintStatus,
    RemedyGranted,
    RemedyKind,
    Severity,
)
from heed_common.contracts.customer import (
    CustomerKind,
    CustomerMerged,
    CustomerRegistered,
    CustomerUnmerged,
    CustomerUpdated,
    InteractionRecorded,
    PurchaseKind,
    PurchaseRecorded,
    PurchaseReturned,
    ReferralRecorded,
    ReturnReason,
)
from heed_common.contracts.event import Event
from heed_common.contracts.survey import Answer, Measure, ResponseReceived
from heed_common.decoding import ReceivedEvent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOWHERE = Record("heed.customer", 0, 0, None, b"")


def received(event: Event, *, aggversion: int = 1, event_id: UUID | None = None) -> ReceivedEvent[Any]:
    """The event as the consumer hands it over."""
    return ReceivedEvent(event_id or uuid4(), event, aggversion, NOON, None, None, NOWHERE)


def make_registration(customer_id: UUID, **overrides: Any) -> CustomerRegistered:
    given = {"customer_id": customer_id, "occurred_at": NOON, "kind": CustomerKind.INDIVIDUAL}
    return CustomerRegistered(**(given | overrides))


def make_purchase(customer_id: UUID, *, days_ago: int = 0, gross: str = "100", **overrides: Any) -> PurchaseRecorded:
    given = {
        "customer_id": customer_id,
        "purchase_id": uuid4(),
        "occurred_at": NOON - timedelta(days=days_ago),
        "kind": PurchaseKind.GOODS,
        "currency": "USD",
        "units": Decimal(1),
        "gross": Decimal(gross),
        "margin": Decimal(gross) * Decimal("0.4"),
        "margin_estimated": False,
        "categories": (),
    }
    return PurchaseRecorded(**(given | overrides))


def make_return(purchase: PurchaseRecorded, **overrides: Any) -> PurchaseReturned:
    """The whole purchase comes back."""
    given = {
        "customer_id": purchase.customer_id,
        "purchase_id": purchase.purchase_id,
        "return_id": uuid4(),
        "occurred_at": NOON,
        "purchase_occurred_at": purchase.occurred_at,
        "currency": purchase.currency,
        "units": purchase.units,
        "gross": purchase.gross,
        "margin": purchase.margin,
        "reason": ReturnReason.FAULTY,
    }
    return PurchaseReturned(**(given | overrides))


def make_interaction(customer_id: UUID, **overrides: Any) -> InteractionRecorded:
    given = {
        "customer_id": customer_id,
        "interaction_id": uuid4(),
        "occurred_at": NOON,
        "kind": "call",
        "channel": "phone",
        "currency": "USD",
    }
    return InteractionRecorded(**(given | overrides))


def make_remedy(customer_id: UUID, **overrides: Any) -> RemedyGranted:
    """With the state of its complaint, as every event of a complaint."""
    given = {"remedy_id": uuid4(), "kind": RemedyKind.REFUND, "currency": "USD", "amount": Decimal(10)}
    return RemedyGranted(**(make_complaint(customer_id).model_dump() | given | overrides))


def make_referral(customer_id: UUID, friend: UUID | None = None, **overrides: Any) -> ReferralRecorded:
    given = {"customer_id": customer_id, "referral_id": uuid4(), "occurred_at": NOON, "referred_customer_id": friend}
    return ReferralRecorded(**(given | overrides))


def make_merge(duplicate: UUID, survivor: UUID) -> CustomerMerged:
    return CustomerMerged(customer_id=duplicate, survivor_id=survivor, occurred_at=NOON)


def make_unmerge(duplicate: UUID, survivor: UUID) -> CustomerUnmerged:
    return CustomerUnmerged(customer_id=duplicate, survivor_id=survivor, occurred_at=NOON)


def make_complaint(customer_id: UUID, kind: type[ComplaintEvent] = ComplaintOpened, **overrides: Any) -> ComplaintEvent:
    given = {
        "complaint_id": uuid4(),
        "customer_id": customer_id,
        "severity": Severity.MAJOR,
        "state": ComplaintStatus.RECEIVED,
        "category": "service",
        "occurred_at": NOON,
        "opened_at": NOON,
        "received_at": NOON,
    }
    return kind(**(given | overrides))


def make_response(customer_id: UUID | None, *, level: int = 3, **overrides: Any) -> ResponseReceived:
    given = {
        "response_id": uuid4(),
        "survey_id": UUID(int=7),
        "survey_version": 1,
        "customer_id": customer_id,
        "occurred_at": NOON,
        "answers": (Answer(item="overall", measure=Measure.SATISFACTION, lowest=1, highest=5, value=level),),
    }
    return ResponseReceived(**(given | overrides))


def make_answer(customer_id: UUID, measure: Measure, *, level: int, **overrides: Any) -> ResponseReceived:
    """One item of that measure, answered from 0 to 10; `about` is its subject."""
    about = overrides.pop("about", None)
    item = f"{measure.value}_{about}" if about else measure.value
    answer = Answer(item=item, measure=measure, lowest=0, highest=10, value=level, about=about)
    return make_response(customer_id, answers=(answer,), **overrides)


def make_hand_over(customer_id: UUID, **overrides: Any) -> CustomerUpdated:
    given = {"customer_id": customer_id, "occurred_at": NOON, "kind": CustomerKind.INDIVIDUAL}
    return CustomerUpdated(**(given | {"changed": ("owner",), "handed_over": True} | overrides))


def as_batch(events: Sequence[Event]) -> list[ReceivedEvent[Any]]:
    return [received(event) for event in events]
