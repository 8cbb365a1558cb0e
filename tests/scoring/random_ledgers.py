"""Ledgers of customers to whom anything may have happened, the same ones on every machine."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from heed_common.contracts.complaint import ComplaintStatus, Severity
from heed_common.contracts.customer import ReturnReason
from heed_common.contracts.survey import DefectionReason, Measure, RetentionMotive, SwitchingBarrier
from heed_scoring.ledger.entry import NO_COMPLAINT, SCORED_MEASURES, UNVOICED, LedgerKind, LedgerRow

DAY = date(2026, 3, 2)
CURRENCIES = ("USD", "USD", "USD", "JPY", "EUR", "KWD")
"""Of the euro no model knows the rate."""
CATEGORIES = ("kitchen", "garden", "Books")
SUBJECTS = {
    Measure.DEFECTION_REASON: tuple(DefectionReason),
    Measure.RETENTION_MOTIVE: tuple(RetentionMotive),
    Measure.SWITCHING_BARRIER: tuple(SwitchingBarrier),
}
STATES = (*(state.value for state in ComplaintStatus), NO_COMPLAINT, UNVOICED)


def random_ledgers(count: int, *, seed: int) -> Iterator[list[LedgerRow]]:
    """Yield the rows of so many customers: of one in four purchases only, of the others anything."""
    chance = random.Random(seed)
    for _ in range(count):
        customer_id = _id(chance)
        rows = [_purchase(chance, customer_id) for _ in range(chance.choice((0, 1, 1, 2, 3, 4, 5, 8, 20)))]
        if chance.random() < 0.75:
            rows += [chance.choice(OTHERS)(chance, customer_id) for _ in range(chance.randrange(1, 7))]
        yield rows


def _purchase(chance: random.Random, customer_id: UUID) -> LedgerRow:
    detail: dict[str, Any] = {"estimated": True} if chance.random() < 0.1 else {}
    if chance.random() < 0.5:
        detail["categories"] = chance.sample(CATEGORIES, chance.randrange(1, 3))
    gross = chance.choice((0, 99, 12_345, 799_000, 33_333_333, 10**13)) + chance.randrange(10_000)
    margin = gross * chance.randrange(-20, 90) // 100
    return _row(
        chance, customer_id, LedgerKind.PURCHASE, currency=chance.choice(CURRENCIES), gross=gross, margin=margin,
        units=chance.choice((10_000, 10_000, 25_000)), detail=detail,
    )  # fmt: skip


def _return(chance: random.Random, customer_id: UUID) -> LedgerRow:
    gross = -chance.randrange(2_000_000)
    return _row(
        chance, customer_id, LedgerKind.RETURN, currency=chance.choice(CURRENCIES), gross=gross, margin=gross // 3,
        units=-chance.choice((5_000, 10_000, 20_000)), detail={"reason": chance.choice(list(ReturnReason)).value},
    )  # fmt: skip


def _interaction(chance: random.Random, customer_id: UUID) -> LedgerRow:
    detail = {"kind": chance.choice(("call", "support", "advice", "visit"))}
    if chance.random() < 0.3:
        detail["campaign"] = "spring"
    cost = chance.choice((0, 4_999, 5_000, 5_050, 123_450))
    return _row(
        chance, customer_id, LedgerKind.INTERACTION, currency=chance.choice(CURRENCIES), gross=cost, detail=detail
    )


def _referral(chance: random.Random, customer_id: UUID) -> LedgerRow:
    detail = {"referred": str(_id(chance))} if chance.random() < 0.7 else None
    return _row(chance, customer_id, LedgerKind.REFERRAL, detail=detail)


def _hand_over(chance: random.Random, customer_id: UUID) -> LedgerRow:
    return _row(chance, customer_id, LedgerKind.HAND_OVER)


def _registration(chance: random.Random, customer_id: UUID) -> LedgerRow:
    return _row(chance, customer_id, LedgerKind.REGISTERED)


def _complaint(chance: random.Random, customer_id: UUID) -> LedgerRow:
    opened, is_over = _day(chance, 400), chance.random() < 0.5
    detail: dict[str, Any] = {
        "complaint_id": str(_id(chance)),
        "version": chance.randrange(1, 5),
        "severity": chance.choice(list(Severity)).value,
        "state": chance.choice(STATES),
        "category": chance.choice(("product.quality", "billing", "service", "delivery.late")),
        "received": datetime.combine(opened, time(9)).isoformat() + "+00:00",
        "opened": opened.isoformat(),
        "completed": _day(chance, 200).isoformat() if is_over else None,
        "ended": _day(chance, 100).isoformat() if is_over else None,
        "within_target": chance.choice((True, False, None)),
        "solved": chance.choice((True, False, None)),
        "breached": chance.random() < 0.3,
    }
    if chance.random() < 0.1:
        detail["confidential"] = True
    cost = 0
    if chance.random() < 0.3:
        detail["remedy"], cost = {"id": str(_id(chance)), "kind": "refund"}, chance.randrange(500_000)
    return _row(
        chance, customer_id, LedgerKind.COMPLAINT, currency=chance.choice(CURRENCIES), gross=cost, detail=detail
    )


def _response(chance: random.Random, customer_id: UUID) -> LedgerRow:
    levels: dict[str, dict[str, int]] = {}
    for _ in range(chance.randrange(1, 4)):
        measure = chance.choice(sorted(SCORED_MEASURES))
        item = f"{UUID(int=7)}/{chance.choice('abc')}"
        if measure in SUBJECTS:
            item += f"/{chance.choice(SUBJECTS[measure]).value}"
        levels.setdefault(measure.value, {})[item] = chance.choice((0, 2500, 3333, 5000, 7500, 8333, 10_000))
    answered = datetime.combine(_day(chance, 500), time(12)).isoformat() + "+00:00"
    return _row(chance, customer_id, LedgerKind.RESPONSE, detail={"answered_at": answered, "levels": levels})


OTHERS = (_return, _interaction, _referral, _hand_over, _registration, _complaint, _complaint, _response, _response)


def _row(chance: random.Random, customer_id: UUID, kind: LedgerKind, **columns: Any) -> LedgerRow:
    return LedgerRow(_id(chance), f"heed.{kind}.v1", kind, customer_id, 0, _day(chance, 800), **columns)


def _day(chance: random.Random, most_ago: int) -> date:
    return DAY - timedelta(days=chance.randrange(most_ago))


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def in_blocks(ledgers: Sequence[list[LedgerRow]], size: int) -> Iterator[Sequence[list[LedgerRow]]]:
    """Yield the ledgers in groups of that size."""
    for start in range(0, len(ledgers), size):
        yield ledgers[start : start + size]
