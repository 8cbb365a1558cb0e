"""Exact decimals as text: integers of the last digit become text once and are never rounded again."""

from functools import cache
from typing import NamedTuple

PROBABILITY_DIGITS = 6
INDEX_DIGITS = 2


class Factor(NamedTuple):
    """One addend of a score as printed, with its input values and evidence.

    `seen` holds codes and numbers; `explain` renders them as text. `evidence` holds the events they come from.
    """

    score: str
    factor: str
    seen: tuple[str, ...]
    contribution: str
    evidence: tuple[str, ...] = ()


def amount(units: int, digits: int) -> str:
    """Return an amount with every digit of the minor unit."""
    if digits == 0:
        return str(units)
    text = str(units)
    if len(text) <= digits + 1:  # Most are longer, and filling takes as long as all the rest.
        text = text.zfill(digits + 1 + (units < 0))
    return f"{text[:-digits]}.{text[-digits:]}"


def number(units: int, digits: int) -> str:
    """Return a probability or an index without trailing zeros, but with at least one decimal."""
    text = amount(units, digits).rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def probability(millionths: int) -> str:
    return number(millionths, PROBABILITY_DIGITS)


@cache
def index(hundredths: int) -> str:
    return number(hundredths, INDEX_DIGITS)


def half_even(units: int, divisor: int) -> int:
    """Return the quotient of integers, rounded half to even."""
    quotient, rest = divmod(units, divisor)
    return quotient + (2 * rest > divisor or (2 * rest == divisor and quotient & 1))
