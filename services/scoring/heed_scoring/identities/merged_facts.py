"""Merged facts of a family: equal to the fold of all rows of its members, without reading the rows again. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from heed_scoring.ledger.closed_days import close_again, merge_closed
from heed_scoring.ledger.day_set import DaySet
from heed_scoring.ledger.facts import NAMES, Facts
from heed_scoring.ledger.records import ItemAnswers, better_answer, latest, newer_remedy, newer_state

MergeFunction = Callable[[Any, Any], Any]
Key = TypeVar("Key")


def merge_facts(parts: Iterable[Facts]) -> Facts:
    """Return the facts of all parts together. Their order makes no difference."""
    first, *others = parts
    for other in others:
        first = Facts(**{name: MERGE_FUNCTIONS[name](getattr(first, name), getattr(other, name)) for name in NAMES})
        first.closed = close_again(first.purchases, first.closed)
    return first


def members_to_open(members: Mapping[Key, Facts], *, since: date, taken: Collection[int] = ()) -> dict[Key, Facts]:
    """Return the members whose closed days must be opened before the facts of all can be merged and scored.

    `since` is the first day before the year of the score; `taken` are days from which new rows take units.
    """
    if not any(facts.closed for facts in members.values()):
        return {}
    days = {*taken, *(day for facts in members.values() for day in facts.days_below_zero())}
    return {key: facts for key, facts in members.items() if facts.must_open(since=since, taken=days)}


def for_each_key(merge: MergeFunction) -> MergeFunction:
    """Return a function that merges two mappings, and with `merge` the values of keys in both."""

    def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        common = {key: merge(one[key], value) for key, value in other.items() if key in one}
        return {**one, **other, **common}

    return merged


def add(one: int, other: int) -> int:
    return one + other


def add_totals(one: list[int], other: list[int]) -> list[int]:
    return [left + right for left, right in zip(one, other, strict=True)]


def earliest(one: str, other: str) -> str:
    """Return the earlier day; an empty text is an unknown day."""
    return min(one, other) if one and other else one or other


def merge_days(one: DaySet, other: DaySet) -> DaySet:
    return one | other


def merge_answers(one: ItemAnswers, other: ItemAnswers) -> ItemAnswers:
    return {
        "best": better_answer(one["best"], other["best"]),
        "last": max(one["last"], other["last"]),
        "count": one["count"] + other["count"],
    }


MERGE_FUNCTIONS: dict[str, MergeFunction] = {
    "rows": add,
    "purchases": for_each_key(for_each_key(add_totals)),
    "closed": merge_closed,
    "bought_units": add,
    "returned_units": for_each_key(add),
    "last_return": latest,
    "estimated_margins": add,
    "bought_in": for_each_key(add),
    "known_since": earliest,
    "contact_costs": for_each_key(for_each_key(for_each_key(add))),
    "last_contact": for_each_key(max),
    "referrals": add,
    "referred": for_each_key(max),
    "last_referral": latest,
    "hand_overs": add,
    "last_hand_over": latest,
    "complaints": for_each_key(newer_state),
    "remedies": for_each_key(for_each_key(newer_remedy)),
    "answers": for_each_key(for_each_key(merge_answers)),
    "last_purchase": latest,
    "category_days": for_each_key(merge_days),
    "category_names": for_each_key(min),
}
"""By name of the fact; a test compares the result with the fold."""
