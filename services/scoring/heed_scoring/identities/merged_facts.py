"""The facts of customers who are one: what the fold of all their rows would be, without reading the rows again."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from heed_scoring.ledger.facts import NAMES, Facts
from heed_scoring.ledger.records import ItemAnswers, better_answer, latest, newer_remedy, newer_state

Join = Callable[[Any, Any], Any]


def union(parts: Iterable[Facts]) -> Facts:
    """In whatever order they come, the same facts."""
    first, *others = parts
    for other in others:
        first = Facts(**{name: JOINS[name](getattr(first, name), getattr(other, name)) for name in NAMES})
    return first


def each(join: Join) -> Join:
    """Of two mappings both, and what they have in common joined."""

    def joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
        common = {key: join(one[key], value) for key, value in other.items() if key in one}
        return {**one, **other, **common}

    return joined


def added(one: int, other: int) -> int:
    return one + other


def totals(one: list[int], other: list[int]) -> list[int]:
    return [mine + theirs for mine, theirs in zip(one, other, strict=True)]


def earliest(one: str, other: str) -> str:
    """Of two days, where the empty one is not known."""
    return min(one, other) if one and other else one or other


def days(one: list[int], other: list[int]) -> list[int]:
    return sorted({*one, *other})


def answers(one: ItemAnswers, other: ItemAnswers) -> ItemAnswers:
    return {
        "best": better_answer(one["best"], other["best"]),
        "last": max(one["last"], other["last"]),
        "count": one["count"] + other["count"],
    }


JOINS: dict[str, Join] = {
    "rows": added,
    "purchases": each(each(totals)),
    "bought_units": added,
    "returned_units": each(added),
    "last_return": latest,
    "estimated_margins": added,
    "bought_in": each(added),
    "known_since": earliest,
    "contact_costs": each(each(each(added))),
    "last_contact": each(max),
    "referrals": added,
    "referred": each(max),
    "last_referral": latest,
    "hand_overs": added,
    "last_hand_over": latest,
    "complaints": each(newer_state),
    "remedies": each(each(newer_remedy)),
    "answers": each(each(answers)),
    "last_purchase": latest,
    "category_days": each(days),
    "category_names": each(min),
}
"""How two customers' facts of each name become those of one; a test holds it to the fold."""
