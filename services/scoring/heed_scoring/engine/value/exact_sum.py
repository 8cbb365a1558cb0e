"""A number of money as it is printed, in parts that add up to it exactly."""

from collections.abc import Sequence
from typing import NamedTuple

from heed_scoring.engine.decimal_text import half_even


class ExactSum(NamedTuple):
    """A total in minor units, and what it is made of."""

    total: int
    names: tuple[str, ...]
    exact: Sequence[float | None]
    """The parts before they are rounded, None where nothing is known."""
    digits: int = 0
    divisor: int | None = None
    """Where parts are known exactly, as integers: so many of their units make a minor unit."""

    def parts(self) -> list[tuple[str, int]]:
        """Those that are known, by name, in minor units; the one of largest magnitude takes what is missing in the
        total, the first of equals. Rounded here and not with the total: on most days nobody asks."""
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
    """Of parts known exactly, as integers; `divisor` of their units make a minor unit."""
    return ExactSum(half_even(sum(exact), divisor), names, exact, divisor=divisor)


def sum_of_floats(names: tuple[str, ...], parts: Sequence[float | None], *, total: float, digits: int) -> ExactSum:
    """Of parts of a calculated total."""
    return ExactSum(_to_minor_units(total, digits), names, parts, digits)


def _to_minor_units(money: float, digits: int) -> int:
    """The exact value of the float, rounded half to even."""
    return int(f"{money:.{digits}f}".replace(".", ""))
