"""The fold of a customer's ledger rows. Sums of integers, maxima and unions commute: any order, same facts."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from operator import attrgetter
from typing import Any

import pydantic_core

from heed_common.contracts.customer import ReturnReason
from heed_common.text import comparison_key
from heed_scoring.ledger.entry import FILED_ELSEWHERE, Kind, LedgerRow
from heed_scoring.ledger.interaction_purpose import purpose_of

Totals = list[int]
"""Units, gross and margin of one day in one currency, in integers of 1/10 000."""


@dataclass(slots=True)
class Facts:
    """All that the scores of one customer are made of; `rows` counts the ledger rows in it."""

    rows: int = 0
    purchases: dict[str, dict[str, Totals]] = field(default_factory=dict)
    """By day, then currency; a return is booked on the day of its purchase."""
    bought_units: int = 0
    """Without what was a mistake, so that a correction does not make the rest of the returns look smaller."""
    returned_units: dict[str, int] = field(default_factory=dict)
    """What came back, by the reason of the customer's: corrections do not count."""
    last_return: list[str] = field(default_factory=list)
    """Day and event of the newest of these."""
    estimated_margins: int = 0
    """How many purchases came without their cost."""
    bought_in: dict[str, int] = field(default_factory=dict)
    """How many purchases there were in each currency."""
    known_since: str = ""
    """The day of the registration, the earliest of those of a merged customer."""
    contact_costs: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    """By purpose, day and currency."""
    last_contact: dict[str, list[str]] = field(default_factory=dict)
    """By purpose the day and the event of the newest that cost something."""
    referrals: int = 0
    """Of people who are no customers yet, or of whom an older row does not say who they were."""
    referred: dict[str, list[str]] = field(default_factory=dict)
    """By customer who was brought the day and the event of the newest referral: told twice, it counts once."""
    last_referral: list[str] = field(default_factory=list)
    """Day and event of the newest one."""
    hand_overs: int = 0
    last_hand_over: list[str] = field(default_factory=list)
    """Day and event of the newest one."""
    complaints: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By complaint the state of its highest version, with the event that brought it."""
    remedies: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By complaint and remedy what it cost, on which day, with the event that brought it."""
    answers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By measure and survey item the best and the last answer, each as moment, event and level, and their count."""
    last_purchase: list[str] = field(default_factory=list)
    """Day and event of the newest purchase."""
    category_days: dict[str, list[int]] = field(default_factory=dict)
    """By the normal form of the category the days on which some of it was bought, rising, as ordinals. A return does
    not say of which category it was, so such a day counts as long as anything of the whole day was kept."""
    category_names: dict[str, str] = field(default_factory=dict)
    """How these categories are written, the first in the order of the signs, where it is not the normal form."""

    def add(self, row: LedgerRow) -> None:
        """One more row. The order of calls makes no difference."""
        self.rows += 1
        match row.kind:
            case Kind.PURCHASE:
                self._add_purchase(row)
            case Kind.RETURN:
                self._add_return(row)
            case Kind.INTERACTION if row.gross:
                self._add_contact(row)
            case Kind.COMPLAINT:
                self._add_complaint(row)
            case Kind.RESPONSE:
                self._add_response(row)
            case _:
                self._add_step(row)

    def _add_step(self, row: LedgerRow) -> None:
        """Of what happens once or seldom between the customer and us."""
        match row.kind:
            case Kind.REGISTERED:
                self.known_since = min(self.known_since or _day(row), _day(row))
            case Kind.REFERRAL:
                self._add_referral(row)
            case Kind.HAND_OVER:
                self._add_hand_over(row)

    def _add_purchase(self, row: LedgerRow) -> None:
        self._book(row)
        self.bought_units += row.units
        detail, currency = row.detail or {}, str(row.currency)
        self.estimated_margins += "estimated" in detail
        self.bought_in[currency] = self.bought_in.get(currency, 0) + 1
        for category in detail.get("categories", ()):
            self._note_category(category, row)
        self.last_purchase = max(self.last_purchase, [_day(row), str(row.event_id)])

    def _note_category(self, category: str, row: LedgerRow) -> None:
        key = comparison_key(category)
        if not key:  # A blank, which was accepted once, is no category.
            return
        if key != category:
            self.category_names[key] = min(self.category_names.get(key, category), category)
        days, day = self.category_days.setdefault(key, []), _date(row).toordinal()
        place = bisect_left(days, day)
        if place == len(days) or days[place] != day:
            days.insert(place, day)

    def _add_return(self, row: LedgerRow) -> None:
        self._book(row)
        reason = (row.detail or {})["reason"]
        if reason == ReturnReason.CORRECTION:
            self.bought_units += row.units
        else:
            self.returned_units[reason] = self.returned_units.get(reason, 0) - row.units
            self.last_return = max(self.last_return, [_day(row), str(row.event_id)])

    def _book(self, row: LedgerRow) -> None:
        totals = self.purchases.setdefault(_day(row), {}).setdefault(str(row.currency), [0, 0, 0])
        totals[0] += row.units
        totals[1] += row.gross
        totals[2] += row.margin

    def _add_contact(self, row: LedgerRow) -> None:
        detail = row.detail or {}
        purpose = purpose_of(detail["kind"], campaign=detail.get("campaign"))
        costs = self.contact_costs.setdefault(purpose, {}).setdefault(_day(row), {})
        costs[str(row.currency)] = costs.get(str(row.currency), 0) + row.gross
        self.last_contact[purpose] = max(self.last_contact.get(purpose, []), [_day(row), str(row.event_id)])

    def _add_referral(self, row: LedgerRow) -> None:
        seen, friend = [_day(row), str(row.event_id)], (row.detail or {}).get("referred")
        if friend is None:
            self.referrals += 1
        else:
            self.referred[friend] = max(self.referred.get(friend, []), seen)
        self.last_referral = max(self.last_referral, seen)

    def _add_hand_over(self, row: LedgerRow) -> None:
        self.hand_overs += 1
        self.last_hand_over = max(self.last_hand_over, [_day(row), str(row.event_id)])

    def _add_complaint(self, row: LedgerRow) -> None:
        state = dict(row.detail or {}) | {"event": str(row.event_id)}
        key, remedy = state.pop("complaint_id"), state.pop("remedy", None)
        if remedy is not None:
            self._add_remedy(key, remedy["id"], row, version=state["version"])
        known = self.complaints.get(key)
        self.complaints[key] = state if known is None else newer_state(known, state)

    def _add_remedy(self, complaint_id: str, remedy_id: str, row: LedgerRow, *, version: int) -> None:
        remedies = self.remedies.setdefault(complaint_id, {})
        told = {"version": version, "event": str(row.event_id), "day": _day(row)}
        told |= {"currency": row.currency, "cost": row.gross}
        known = remedies.get(remedy_id)
        remedies[remedy_id] = told if known is None else newer_remedy(known, told)

    def _add_response(self, row: LedgerRow) -> None:
        detail = row.detail or {}
        for measure, levels in detail["levels"].items():
            items = self.answers.setdefault(measure, {})
            for item, level in levels.items():
                answer = [detail["answered_at"], str(row.event_id), level]
                known = items.get(item, {"best": answer, "last": answer, "count": 0})
                items[item] = {
                    "best": better_answer(known["best"], answer),
                    "last": max(known["last"], answer),
                    "count": known["count"] + 1,
                }


def better_answer(one: list[Any], other: list[Any]) -> list[Any]:
    """Return the answer of the higher level; of equal ones the newer."""
    return max(one, other, key=lambda answer: (answer[2], answer))


def newer_state(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two states of a complaint the one of the higher version.

    A version that moves a complaint between two who are one says to the first that it is filed elsewhere, and to the
    second how it stands: then it is theirs.
    """
    return max(one, other, key=lambda told: (told["version"], told["state"] != FILED_ELSEWHERE, told["event"]))


def newer_remedy(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two words on a remedy the one of the higher version of its complaint."""
    return max(one, other, key=lambda told: (told["version"], told["event"]))


NAMES = tuple(slot.name for slot in fields(Facts))
VALUES = attrgetter(*NAMES)


def fold(rows: Iterable[LedgerRow]) -> Facts:
    """The facts of the customer whose rows these are."""
    facts = Facts()
    for row in rows:
        facts.add(row)
    return facts


def to_json(facts: Facts) -> str:
    """As it is kept beside the ledger, so that not every event needs the whole history; what is empty is left out."""
    kept = {name: value for name, value in zip(NAMES, VALUES(facts), strict=True) if value}
    return pydantic_core.to_json(kept).decode()


def from_json(stored: str) -> Facts:
    """The inverse of `to_json`."""
    return Facts(**pydantic_core.from_json(stored))


def _day(row: LedgerRow) -> str:
    return _date(row).isoformat()


def _date(row: LedgerRow) -> date:
    assert isinstance(row.day, date)  # noqa: S101 - every row with amounts has its day
    return row.day
