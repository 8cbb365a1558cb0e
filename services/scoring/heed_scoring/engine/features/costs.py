"""Costs of a customer in the last 365 days: marketing, service, complaints, remedies. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from heed_scoring.engine.decimal_text import half_even
from heed_scoring.engine.money import Money
from heed_scoring.ledger.entry import NO_HANDLING_COST, REMOVED_FROM_CUSTOMER
from heed_scoring.ledger.facts import Facts
from heed_scoring.ledger.interaction_purpose import Purpose

DAYS_OF_YEAR = 365
Amount = tuple[str, int]
"""Currency and amount."""


class Costs(NamedTuple):
    """Costs of the year; amounts are integers with `Money.digits` decimals."""

    marketing: int = 0
    fixed: int = 0
    service: int = 0
    """Service contacts, and the cost of handling the complaints of the year."""
    remedies: int = 0
    days: int = 0
    """Days of the year since registration or first purchase; the fixed cost is charged for these."""
    complaints: int = 0
    """Complaints opened within the year."""
    granted: int = 0
    """Remedies granted within the year."""
    marketing_evidence: tuple[str, ...] = ()
    service_evidence: tuple[str, ...] = ()
    remedy_evidence: tuple[str, ...] = ()
    unknown_currencies: frozenset[str] = frozenset()
    """Currencies of costs without a known rate."""


def costs(facts: Facts, *, year_ago: str, day: date, first_purchase: date | None, money: Money) -> Costs:
    """Return the costs after `year_ago`; a complaint removed from the customer costs nothing."""
    days = _days_known(facts, day, first_purchase)
    if not (facts.contact_costs or facts.complaints or money.fixed_marketing):
        return Costs(days=days)
    marketing, service = (_contact_costs(facts, purpose, year_ago) for purpose in (Purpose.MARKETING, Purpose.SERVICE))
    complaints, remedies = _complaint_events(facts, year_ago), _remedy_costs(facts, year_ago)
    granted = list(remedies.values())
    return Costs(
        _sum(marketing, money.weights),
        half_even(money.fixed_marketing * days, DAYS_OF_YEAR),
        _sum(service, money.weights) + money.complaint * len(complaints),
        _sum(granted, money.weights),
        days,
        len(complaints),
        len(granted),
        _last_contact(facts, Purpose.MARKETING) if marketing else (),
        _evidence([*complaints.values(), *(_last_contact(facts, Purpose.SERVICE) if service else ())]),
        _evidence(remedies),
        frozenset(currency for currency, _ in (*marketing, *service, *granted) if currency not in money.weights),
    )


def _last_contact(facts: Facts, purpose: Purpose) -> tuple[str, ...]:
    return facts.last_contact[purpose][1:]


def _contact_costs(facts: Facts, purpose: Purpose, year_ago: str) -> list[Amount]:
    days = facts.contact_costs.get(purpose)
    if not days:
        return []
    return [booked for on, costs in days.items() if on > year_ago for booked in costs.items()]


def _complaint_events(facts: Facts, year_ago: str) -> dict[str, str]:
    """Return the last event of each complaint of the year."""
    return {
        key: state["event"]
        for key, state in facts.complaints.items()
        if state["opened"] > year_ago and state["state"] not in NO_HANDLING_COST
    }


def _remedy_costs(facts: Facts, year_ago: str) -> dict[str, Amount]:
    """Return the cost of each remedy of the year, by its event."""
    return {
        remedy["event"]: (remedy["currency"], remedy["cost"])
        for complaint_id, remedies in facts.remedies.items()
        if facts.complaints[complaint_id]["state"] != REMOVED_FROM_CUSTOMER
        for remedy in remedies.values()
        if remedy["day"] > year_ago
    }


def _days_known(facts: Facts, day: date, first_purchase: date | None) -> int:
    """Return the days of the last 365 since registration or first purchase, the earlier of the two."""
    known = [date.fromisoformat(facts.known_since)] if facts.known_since else []
    known += [first_purchase] if first_purchase else []
    return min(max((day - min(known)).days, 0), DAYS_OF_YEAR) if known else 0


def _sum(booked: Iterable[Amount], weights: Mapping[str, int]) -> int:
    return sum(amount * weights.get(currency, 0) for currency, amount in booked)


def _evidence(events: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(events)))
