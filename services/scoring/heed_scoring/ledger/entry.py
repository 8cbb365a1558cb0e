"""Ledger entries: one row for every consumed event, as inbox, source and truth. Pure.

Amounts are integers of 1/10 000, because sums of integers do not depend on their order and sums of floats do.
"""

from datetime import UTC, date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from heed_common.business_days import BusinessDays
from heed_common.contracts.complaint import (
    MESSAGE_MILESTONES,
    CaseKind,
    ComplaintEvent,
    ComplaintStatus,
    RemedyGranted,
)
from heed_common.contracts.customer import (
    CustomerMerged,
    CustomerRegistered,
    CustomerUpdated,
    InteractionRecorded,
    MergeEvent,
    PurchaseRecorded,
    PurchaseReturned,
    ReferralRecorded,
)
from heed_common.contracts.event import Event
from heed_common.contracts.survey import Measure, ResponseReceived
from heed_common.decoding import ReceivedEvent
from heed_common.identifiers import to_own_class

AMOUNT_DIGITS = 4
SCALE = 10**AMOUNT_DIGITS
REMOVED_FROM_CUSTOMER, NO_COMPLAINT, UNVOICED = "filed_elsewhere", "no_complaint", "unvoiced"
"""States that only scoring has: removed from the customer; not a complaint; dissatisfied but not voiced."""
NO_CHURN_EFFECT = frozenset({REMOVED_FROM_CUSTOMER, NO_COMPLAINT})
"""States without effect on the churn risk."""
NO_HANDLING_COST = NO_CHURN_EFFECT | {UNVOICED}
"""States without handling cost."""
MISTAKES = frozenset({ComplaintStatus.DECLINED, ComplaintStatus.WITHDRAWN})
SCORED_MEASURES = frozenset(Measure) - {Measure.OTHER}


class LedgerKind(StrEnum):
    """Kind of a ledger row; `IGNORED` rows only mark their event as processed."""

    REGISTERED = "registered"
    PURCHASE = "purchase"
    RETURN = "return"
    INTERACTION = "interaction"
    REFERRAL = "referral"
    HAND_OVER = "hand_over"
    COMPLAINT = "complaint"
    RESPONSE = "response"
    ALIAS = "alias"
    IGNORED = "noted"


class LedgerRow(NamedTuple):
    """An event as stored in the ledger, for ever."""

    event_id: str
    type: str
    kind: LedgerKind
    customer_id: UUID | None = None
    part: int = 0
    """0 for the event's own customer; rows for other affected customers are numbered from 1."""
    day: date | None = None
    currency: str | None = None
    units: int = 0
    gross: int = 0
    margin: int = 0
    detail: dict[str, Any] | None = None
    traceparent: str | None = None
    """Of the event, passed on to its consequences; not stored."""


def registered(received: ReceivedEvent[CustomerRegistered], days: BusinessDays) -> LedgerRow:
    """Return the row of a registration."""
    return _row(received, days, LedgerKind.REGISTERED, received.event.customer_id)


def merge(received: ReceivedEvent[MergeEvent], days: BusinessDays) -> LedgerRow:
    """Return the row of a merge or split: from this version on the customer has this survivor, or none."""
    event = received.event
    survivor = str(event.survivor_id) if isinstance(event, CustomerMerged) else None
    detail = {"version": received.aggversion, "survivor": survivor}
    return _row(received, days, LedgerKind.ALIAS, event.customer_id, detail=detail)


def survivor(received: ReceivedEvent[MergeEvent], days: BusinessDays) -> list[LedgerRow]:
    """Return the row of a merge for its survivor, whose score changes too."""
    return [_row(received, days, LedgerKind.ALIAS, received.event.survivor_id)._replace(part=1)]


def purchase(received: ReceivedEvent[PurchaseRecorded], days: BusinessDays) -> LedgerRow:
    """Return the row of a purchase."""
    event = received.event
    return _row(
        received,
        days,
        LedgerKind.PURCHASE,
        event.customer_id,
        currency=event.currency,
        units=_scaled(event.units),
        gross=_scaled(event.gross),
        margin=_scaled(event.margin),
        detail=_basket_detail(event),
    )


def _basket_detail(event: PurchaseRecorded) -> dict[str, Any]:
    """Return categories, products and whether the margin is an estimate; empty values are left out."""
    basket: dict[str, Any] = {"estimated": True} if event.margin_estimated else {}
    if event.categories:
        basket["categories"] = event.categories
    if event.products:
        basket["products"] = event.products
    return basket


def purchase_return(received: ReceivedEvent[PurchaseReturned], days: BusinessDays) -> LedgerRow:
    """Return the row of a return, booked on the day of its purchase; it may arrive before the purchase."""
    event = received.event
    return _row(
        received,
        days,
        LedgerKind.RETURN,
        event.customer_id,
        day=days.day_of(event.purchase_occurred_at),
        currency=event.currency,
        units=-_scaled(event.units),
        gross=-_scaled(event.gross),
        margin=-_scaled(event.margin),
        detail={"reason": event.reason.value},
    )


def interaction(received: ReceivedEvent[InteractionRecorded], days: BusinessDays) -> LedgerRow:
    """Return the row of an interaction, with its cost."""
    event = received.event
    cost = _scaled(event.cost) if event.cost is not None else 0
    detail: dict[str, Any] = {"kind": event.kind} | ({"campaign": event.campaign} if event.campaign else {})
    return _row(
        received, days, LedgerKind.INTERACTION, event.customer_id, currency=event.currency, gross=cost, detail=detail
    )


def referral(received: ReceivedEvent[ReferralRecorded], days: BusinessDays) -> LedgerRow:
    """Return the row of a referral, with the referred customer, because each counts once."""
    event = received.event
    detail = {"referred": str(event.referred_customer_id)} if event.referred_customer_id else None
    return _row(received, days, LedgerKind.REFERRAL, event.customer_id, detail=detail)


def hand_over(received: ReceivedEvent[CustomerUpdated], days: BusinessDays) -> LedgerRow:
    """Return the row of a change of the account manager; other updates are ignored."""
    if not received.event.handed_over:
        return ignored(received, days)
    return _row(received, days, LedgerKind.HAND_OVER, received.event.customer_id)


def complaint(received: ReceivedEvent[ComplaintEvent], days: BusinessDays) -> LedgerRow:
    """Return the row of a complaint at one of its versions; ignored while its customer is unknown."""
    if not received.event.customer_is_known:
        return ignored(received, days)
    return _row(
        received, days, LedgerKind.COMPLAINT, received.event.customer_id, detail=_complaint_detail(received, days)
    )


def remedy(received: ReceivedEvent[RemedyGranted], days: BusinessDays) -> LedgerRow:
    """Return the row of a remedy, with the state of its complaint and the cost to the firm."""
    event = received.event
    if not event.customer_is_known:
        return ignored(received, days)
    cost = event.amount if event.cost is None else event.cost
    detail = _complaint_detail(received, days) | {"remedy": {"id": str(event.remedy_id), "kind": event.kind.value}}
    return complaint(received, days)._replace(currency=event.currency, gross=_scaled(cost), detail=detail)


def removed_from_customer(received: ReceivedEvent[ComplaintEvent], days: BusinessDays) -> list[LedgerRow]:
    """Return rows that remove the complaint from customers under whom it was filed by mistake."""
    event = received.event
    if not event.former_customer_ids:
        return []
    former = dict.fromkeys(event.former_customer_ids)
    for own in (
        event.customer_id,
        event.complaint_id,
    ):  # The complaint's own id is a placeholder for an unknown customer.
        former.pop(own, None)
    detail = _complaint_detail(received, days) | {"state": REMOVED_FROM_CUSTOMER}
    return [
        _row(received, days, LedgerKind.COMPLAINT, customer_id, detail=detail)._replace(part=part)
        for part, customer_id in enumerate(former, start=1)
    ]


def response(received: ReceivedEvent[ResponseReceived], days: BusinessDays) -> LedgerRow:
    """Return the row of a survey response: levels from 0 to 10 000 by measure and item. Anonymous ones are ignored."""
    event = received.event
    levels: dict[str, dict[str, int]] = {}
    for answer in event.answers:
        if answer.measure in SCORED_MEASURES:
            item = f"{event.survey_id}/{answer.item}" + (f"/{answer.about}" if answer.about else "")
            level = (answer.value - answer.lowest) * SCALE // (answer.highest - answer.lowest)
            levels.setdefault(answer.measure.value, {})[item] = level
    if event.customer_id is None or not levels:
        return ignored(received, days)
    detail = {"answered_at": event.occurred_at.astimezone(UTC).isoformat(), "levels": levels}
    return _row(received, days, LedgerKind.RESPONSE, event.customer_id, detail=detail)


def ignored(received: ReceivedEvent[Event], days: BusinessDays) -> LedgerRow:
    """Return a row that only marks the event as processed."""
    return LedgerRow(event_id=str(received.id), type=received.event.full_type(), kind=LedgerKind.IGNORED)


def _complaint_detail(received: ReceivedEvent[ComplaintEvent], days: BusinessDays) -> dict[str, Any]:
    event = received.event
    state = {
        "complaint_id": str(event.complaint_id),
        "version": received.aggversion,
        "severity": event.severity.value,
        "state": _scoring_state(event),
        "category": event.category,
        "received": event.received_at.astimezone(UTC).isoformat(),
        "opened": days.day_of(event.opened_at).isoformat(),
        "completed": days.day_of(event.completed_at).isoformat() if event.completed_at else None,
        "ended": days.day_of(event.ended_at).isoformat() if event.ended_at else None,
        "within_target": event.within_target,
        "solved": event.solved,
        # A late message is no late work, and complaints of earlier releases had no such milestones.
        "breached": bool(set(event.breached) - MESSAGE_MILESTONES),
    }
    # Set only if true, so that rows written before this field existed equal rows written now.
    return state | {"confidential": True} if event.confidential else state


def _scoring_state(event: ComplaintEvent) -> str:
    """Return the state for scoring. A complaint merged into another one counts once."""
    if event.merged_into is not None:
        return NO_COMPLAINT
    if event.case is CaseKind.UNVOICED_GRIEVANCE:
        return NO_COMPLAINT if event.state in MISTAKES else UNVOICED
    return event.state.value if event.case is CaseKind.COMPLAINT else NO_COMPLAINT


def _row(
    received: ReceivedEvent[Event],
    days: BusinessDays,
    kind: LedgerKind,
    customer_id: UUID,
    *,
    day: date | None = None,
    currency: str | None = None,
    units: int = 0,
    gross: int = 0,
    margin: int = 0,
    detail: dict[str, Any] | None = None,
) -> LedgerRow:
    return LedgerRow(
        str(received.id),
        received.event.full_type(),
        kind,
        to_own_class(customer_id),
        0,
        day or days.day_of(received.event.occurred_at),
        currency,
        units,
        gross,
        margin,
        detail,
        received.traceparent,
    )


def _scaled(amount: Decimal) -> int:
    return int(amount * SCALE)
