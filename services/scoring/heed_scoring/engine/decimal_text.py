"""Exact decimals: sums whose printed parts add up, and integers that become text once and are never rounded again."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

PROBABILITY_DIGITS = 6
INDEX_DIGITS = 2
EXACT_CENTS = 10**14
"""Up to here a float has all cents of an amount."""


class ExactSum(NamedTuple):
    """A total in minor units, and its parts."""

    total: int
    names: tuple[str, ...]
    exact: Sequence[float | None]
    """Unrounded parts; None where a part is unknown."""
    digits: int = 0
    divisor: int | None = None
    """For exact integer parts: the number of their units in a minor unit."""

    def parts(self) -> list[tuple[str, int]]:
        """Return the known parts by name, in minor units; the part of largest magnitude takes the remainder.

        Rounded on demand and not with the total: most scores are never explained.
        """
        known = [(name, part) for name, part in zip(self.names, self.exact, strict=True) if part is not None]
        if len([part for _, part in known if part]) == 1:  # Often: the one that is not 0 is the total.
            return [(name, self.total if part else 0) for name, part in known]
        rounded = [self._rounded(part) if part else 0 for _, part in known]
        missing = self.total - sum(rounded)
        if missing:
            sizes = [abs(part) for _, part in known]
            rounded[sizes.index(max(sizes))] += missing
        return [(name, part) for (name, _), part in zip(known, rounded, strict=True)]

    def _rounded(self, part: float) -> int:
        return _to_minor_units(part, self.digits) if self.divisor is None else half_even(int(part), self.divisor)


def amount(units: int, digits: int) -> str:
    """Return an amount with every digit of the minor unit."""
    if digits == 0:
        return str(units)
    if digits == 2 and -EXACT_CENTS < units < EXACT_CENTS:  # Nearly all of them, in half the time.
        return f"{units / 100:.2f}"
    text = str(units)
    if len(text) <= digits + 1:  # Most are longer, and filling takes as long as all the rest.
        text = text.zfill(digits + 1 + (units < 0))
    return f"{text[:-digits]}.{text[-digits:]}"


def amount_digits(text: str) -> int:
    """Return the number of decimals of an amount."""
    return len(text.partition(".")[2])


def number(units: int, digits: int) -> str:
    """Return a probability or an index without trailing zeros, but with at least one decimal."""
    text = amount(units, digits).rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def probability(millionths: int) -> str:
    """Return a probability as `number` would, in a third of the time."""
    if abs(millionths) < 100:  # The shortest text of so small a float has an exponent.
        return number(millionths, PROBABILITY_DIGITS)
    return repr(millionths / 10**PROBABILITY_DIGITS)


@cache
def index(hundredths: int) -> str:
    return number(hundredths, INDEX_DIGITS)


def half_even(units: int, divisor: int) -> int:
    """Return the quotient of integers, rounded half to even."""
    quotient, rest = divmod(units, divisor)
    return quotient + (2 * rest > divisor or (2 * rest == divisor and quotient & 1))


def sum_of_integers(names: tuple[str, ...], exact: Sequence[int], *, divisor: int) -> ExactSum:
    """Return the sum of exact integers; `divisor` of their units make a minor unit."""
    return ExactSum(half_even(sum(exact), divisor), names, exact, divisor=divisor)


def sum_of_floats(names: tuple[str, ...], parts: Sequence[float | None], *, total: float, digits: int) -> ExactSum:
    """Return a calculated total with its parts."""
    return ExactSum(_to_minor_units(total, digits), names, parts, digits)


def _to_minor_units(money: float, digits: int) -> int:
    """Return the exact value of the float in minor units, rounded half to even."""
    return int(f"{money:.{digits}f}".replace(".", ""))
