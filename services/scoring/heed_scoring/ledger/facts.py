"""The fold of a customer's ledger rows into facts.

Sums of integers, maxima and unions commute, so any order of the rows gives the same facts.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from operator import attrgetter
from typing import Any, cast

import pydantic_core

from heed_common.contracts.customer import ReturnReason
from heed_common.text import comparison_key
from heed_scoring.ledger.closed_days import (
    MIN_CLOSED,
    TAKEN_FROM_CLOSED,
    YEAR_AND_A_MONTH,
    ClosedDays,
    OpenDays,
    close_days,
    merge_closed,
    units_of,
)
from heed_scoring.ledger.day_set import DaySet
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.interaction_purpose import purpose_of
from heed_scoring.ledger.records import (
    Answer,
    ComplaintState,
    DatedEvent,
    ItemAnswers,
    RemedyState,
    better_answer,
    latest,
    newer_remedy,
    newer_state,
)


@dataclass(slots=True)
class Facts:
    """All input of one customer's scores. The names are the keys of the stored JSON document."""

    rows: int = 0
    """Number of folded ledger rows."""
    purchases: OpenDays = field(default_factory=dict)
    """By day and currency; a return is booked on the day of its purchase."""
    closed: ClosedDays | None = None
    """Sums of old purchase days, which are not among the others."""
    bought_units: int = 0
    """Without mistaken purchases, so that a correction does not make the rest of the returns look smaller."""
    returned_units: dict[str, int] = field(default_factory=dict)
    """By the customer's reason; corrections do not count."""
    last_return: DatedEvent | None = None
    estimated_margins: int = 0
    """Number of purchases without a known cost."""
    bought_in: dict[str, int] = field(default_factory=dict)
    """Number of purchases by currency."""
    known_since: str = ""
    """Day of the registration, the earliest one of a merged customer."""
    contact_costs: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    """By purpose, day and currency."""
    last_contact: dict[str, DatedEvent] = field(default_factory=dict)
    """By purpose, the newest contact with a cost."""
    referrals: int = 0
    """Referrals of people who are no customers yet, or whose row is too old to name them."""
    referred: dict[str, DatedEvent] = field(default_factory=dict)
    """The newest referral by referred customer: a customer who is referred twice counts once."""
    last_referral: DatedEvent | None = None
    hand_overs: int = 0
    last_hand_over: DatedEvent | None = None
    complaints: dict[str, ComplaintState] = field(default_factory=dict)
    """By complaint, the state of its highest version."""
    remedies: dict[str, dict[str, RemedyState]] = field(default_factory=dict)
    """By complaint and remedy."""
    answers: dict[str, dict[str, ItemAnswers]] = field(default_factory=dict)
    """By measure and survey item."""
    last_purchase: DatedEvent | None = None
    category_days: dict[str, DaySet] = field(default_factory=dict)
    """Purchase days by the normal form of the category. A return does not name its category, so such a day counts until
    the whole day is returned."""
    category_names: dict[str, str] = field(default_factory=dict)
    """Spelling of the category where it is not the normal form; the first one in code point order."""

    def add(self, row: LedgerRow) -> None:
        """Fold one more row. The order of calls makes no difference."""
        self.rows += 1
        match row.kind:
            case LedgerKind.PURCHASE:
                self._add_purchase(row)
            case LedgerKind.RETURN:
                self._add_return(row)
            case LedgerKind.INTERACTION if row.gross:
                self._add_contact(row)
            case LedgerKind.COMPLAINT:
                self._add_complaint(row)
            case LedgerKind.RESPONSE:
                self._add_response(row)
            case _:
                self._add_rare_event(row)

    def _add_rare_event(self, row: LedgerRow) -> None:
        match row.kind:
            case LedgerKind.REGISTERED:
                self.known_since = min(self.known_since or _day(row), _day(row))
            case LedgerKind.REFERRAL:
                self._add_referral(row)
            case LedgerKind.HAND_OVER:
                self.hand_overs += 1
                self.last_hand_over = latest(self.last_hand_over, _dated(row))

    def _add_purchase(self, row: LedgerRow) -> None:
        self._add_amounts(row)
        self.bought_units += row.units
        detail, currency = row.detail or {}, str(row.currency)
        self.estimated_margins += "estimated" in detail
        self.bought_in[currency] = self.bought_in.get(currency, 0) + 1
        for category in detail.get("categories", ()):
            self._add_category_day(category, row)
        self.last_purchase = latest(self.last_purchase, _dated(row))

    def _add_category_day(self, category: str, row: LedgerRow) -> None:
        key = comparison_key(category)
        if not key:  # Blank categories were accepted once.
            return
        if key != category:
            self.category_names[key] = min(self.category_names.get(key, category), category)
        days, day = self.category_days.get(key), DaySet(_date(row).toordinal(), 1)
        self.category_days[key] = day if days is None else days | day

    def _add_return(self, row: LedgerRow) -> None:
        self._add_amounts(row)
        reason = (row.detail or {})["reason"]
        if reason == ReturnReason.CORRECTION:
            self.bought_units += row.units
        else:
            self.returned_units[reason] = self.returned_units.get(reason, 0) - row.units
            self.last_return = latest(self.last_return, _dated(row))

    def _add_amounts(self, row: LedgerRow) -> None:
        if self.is_closed(row.day):
            self._add_to_closed_day(row)
            return
        totals = self.purchases.setdefault(_day(row), {}).setdefault(str(row.currency), [0, 0, 0])
        totals[0] += row.units
        totals[1] += row.gross
        totals[2] += row.margin

    def _add_to_closed_day(self, row: LedgerRow) -> None:
        """Add to the sums. Raises `ValueError` if something is taken from the day: then it must have been opened."""
        if row.units < 0:
            raise ValueError(TAKEN_FROM_CLOSED)
        currencies = {str(row.currency): [row.units, row.gross, row.margin]}
        self.closed = merge_closed(self.closed, ClosedDays.of_day(_date(row).toordinal(), currencies))

    def _add_contact(self, row: LedgerRow) -> None:
        detail, currency = row.detail or {}, str(row.currency)
        purpose = purpose_of(detail["kind"], campaign=detail.get("campaign"))
        costs = self.contact_costs.setdefault(purpose, {}).setdefault(_day(row), {})
        costs[currency] = costs.get(currency, 0) + row.gross
        contact = _dated(row)
        self.last_contact[purpose] = max(self.last_contact.get(purpose, contact), contact)

    def _add_referral(self, row: LedgerRow) -> None:
        referral, referred = _dated(row), (row.detail or {}).get("referred")
        if referred is None:
            self.referrals += 1
        else:
            self.referred[referred] = max(self.referred.get(referred, referral), referral)
        self.last_referral = latest(self.last_referral, referral)

    def _add_complaint(self, row: LedgerRow) -> None:
        detail = dict(row.detail or {}) | {"event": str(row.event_id)}
        complaint_id, remedy = detail.pop("complaint_id"), detail.pop("remedy", None)
        state = cast("ComplaintState", detail)  # The keys that `entry.complaint` writes.
        if remedy is not None:
            self._add_remedy(complaint_id, remedy["id"], row, version=state["version"])
        stored = self.complaints.get(complaint_id)
        self.complaints[complaint_id] = state if stored is None else newer_state(stored, state)

    def _add_remedy(self, complaint_id: str, remedy_id: str, row: LedgerRow, *, version: int) -> None:
        state: RemedyState = {
            "version": version,
            "event": str(row.event_id),
            "day": _day(row),
            "currency": str(row.currency),
            "cost": row.gross,
        }
        remedies = self.remedies.setdefault(complaint_id, {})
        stored = remedies.get(remedy_id)
        remedies[remedy_id] = state if stored is None else newer_remedy(stored, state)

    def _add_response(self, row: LedgerRow) -> None:
        detail = row.detail or {}
        for measure, levels in detail["levels"].items():
            items = self.answers.setdefault(measure, {})
            for item, level in levels.items():
                answer: Answer = (detail["answered_at"], str(row.event_id), level)
                stored = items.get(item)
                items[item] = {
                    "best": answer if stored is None else better_answer(stored["best"], answer),
                    "last": answer if stored is None else max(stored["last"], answer),
                    "count": 1 if stored is None else stored["count"] + 1,
                }

    def must_open(self, *, since: date, taken: Collection[int] = ()) -> bool:
        """Return whether the closed days must be opened: one is after `since`, or units are taken from one of them."""
        closed = self.closed
        return closed is not None and (closed.days.last > since.toordinal() or any(day in closed.days for day in taken))

    def days_below_zero(self) -> list[int]:
        """Return the days with more units returned than bought: their purchase is another member's or comes later."""
        return [_ordinal(on) for on, currencies in self.purchases.items() if units_of(currencies) < 0]

    def is_closed(self, day: date | None) -> bool:
        """Return whether it is a closed purchase day."""
        return self.closed is not None and day is not None and day.toordinal() in self.closed.days

    def close_days(self, today: date, *, at_least: int = MIN_CLOSED) -> bool:
        """Close the purchase days that are too old for the year of a score. Return whether there were any."""
        count = len(self.purchases)
        if count >= at_least:
            self.closed = close_days(self.purchases, self.closed, until=today - YEAR_AND_A_MONTH, at_least=at_least)
        return len(self.purchases) < count

    def open_days(self, days: OpenDays) -> None:
        """Replace the closed days by what was booked on each of them."""
        self.purchases, self.closed = {**days, **self.purchases}, None

    def purchase_days(self) -> DaySet:
        """Return all days with units, open and closed ones."""
        bought = DaySet.of(_ordinal(on) for on, currencies in self.purchases.items() if units_of(currencies) > 0)
        return bought if self.closed is None else bought | self.closed.days

    def undone_days(self) -> list[int]:
        """Return the fully returned days, which are no purchase days."""
        return [_ordinal(on) for on, currencies in self.purchases.items() if units_of(currencies) <= 0]


NAMES = tuple(slot.name for slot in fields(Facts))
VALUES = attrgetter(*NAMES)
DATED = ("last_purchase", "last_return", "last_referral", "last_hand_over")
DATED_BY_KEY = ("last_contact", "referred")


def fold(rows: Iterable[LedgerRow]) -> Facts:
    """Return the facts of the customer whose rows these are."""
    facts = Facts()
    for row in rows:
        facts.add(row)
    return facts


def to_json(facts: Facts) -> str:
    """Return the stored document, so that not every event needs the whole history; empty values are left out."""
    values = {name: value for name, value in zip(NAMES, VALUES(facts), strict=True) if value}
    if facts.category_days:
        values["category_days"] = {key: days.to_json() for key, days in facts.category_days.items()}
    if facts.closed is not None:
        values["closed"] = facts.closed.to_json()
    return pydantic_core.to_json(values).decode()


def from_json(stored: str) -> Facts:
    """Return the facts that `to_json` has written."""
    values: dict[str, Any] = pydantic_core.from_json(stored)
    for name in DATED:
        if name in values:
            values[name] = tuple(values[name])
    for name in DATED_BY_KEY:
        if name in values:
            values[name] = {key: tuple(dated) for key, dated in values[name].items()}
    if "answers" in values:
        for items in values["answers"].values():
            for item in items.values():
                item["best"], item["last"] = tuple(item["best"]), tuple(item["last"])
    _parse_days(values)
    return Facts(**values)


def _parse_days(values: dict[str, Any]) -> None:
    if "category_days" in values:
        values["category_days"] = {key: DaySet.from_json(days) for key, days in values["category_days"].items()}
    if "closed" in values:
        values["closed"] = ClosedDays.from_json(values["closed"])


def may_be_closed(stored: str) -> bool:
    """Return whether stored facts may have closed days, without parsing them."""
    return '"closed":' in stored


def _dated(row: LedgerRow) -> DatedEvent:
    return _day(row), str(row.event_id)


def _day(row: LedgerRow) -> str:
    return _date(row).isoformat()


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _date(row: LedgerRow) -> date:
    assert isinstance(row.day, date)  # noqa: S101 - every row with amounts has its day
    return row.day
