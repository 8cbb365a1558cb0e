"""Amounts of money as printed, whose parts add up exactly."""

from collections.abc import Sequence
from typing import NamedTuple

from heed_scoring.engine.decimal_text import half_even


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
        rounded = [self._rounded(part) for _, part in known]
        missing = self.total - sum(rounded)
        if missing:
            sizes = [abs(part) for _, part in known]
            rounded[sizes.index(max(sizes))] += missing
        return [(name, part) for (name, _), part in zip(known, rounded, strict=True)]

    def _rounded(self, part: float) -> int:
        return _to_minor_units(part, self.digits) if self.divisor is None else half_even(int(part), self.divisor)


def sum_of_integers(names: tuple[str, ...], exact: Sequence[int], *, divisor: int) -> ExactSum:
    """Return the sum of exact integers; `divisor` of their units make a minor unit."""
    return ExactSum(half_even(sum(exact), divisor), names, exact, divisor=divisor)


def sum_of_floats(names: tuple[str, ...], parts: Sequence[float | None], *, total: float, digits: int) -> ExactSum:
    """Return a calculated total with its parts."""
    return ExactSum(_to_minor_units(total, digits), names, parts, digits)


def _to_minor_units(money: float, digits: int) -> int:
    """Return the exact value of the float in minor units, rounded half to even."""
    return int(f"{money:.{digits}f}".replace(".", ""))
