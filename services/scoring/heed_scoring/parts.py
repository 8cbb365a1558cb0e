"""A number of money as it is printed, in parts that add up to it exactly."""

from collections.abc import Sequence
from typing import NamedTuple

from heed_scoring.printed import half_even


class Parts(NamedTuple):
    """The factors, and what each comes to in minor units."""

    names: tuple[str, ...]
    units: list[int]


def of_integers(names: tuple[str, ...], exact: Sequence[int], *, divisor: int) -> Parts:
    """Parts known exactly, as integers; `divisor` of their units make a minor unit."""
    rounded = [half_even(part, divisor) if part else 0 for part in exact]
    return _exactly(names, rounded, exact, total=half_even(sum(exact), divisor))


def of_floats(names: tuple[str, ...], parts: Sequence[float], *, total: float, digits: int) -> Parts:
    """Parts of a calculated total."""
    rounded = [_units(part, digits) for part in parts]
    return _exactly(names, rounded, parts, total=_units(total, digits))


def of_float(name: tuple[str], whole: float, *, digits: int) -> Parts:
    """A calculated number that is its own only part."""
    return Parts(name, [_units(whole, digits)])


def _exactly(names: tuple[str, ...], rounded: list[int], exact: Sequence[float], *, total: int) -> Parts:
    """The part of largest magnitude takes what is missing in the total, the first of equals."""
    missing = total - sum(rounded)
    if missing:
        sizes = [abs(part) for part in exact]
        rounded[sizes.index(max(sizes))] += missing
    return Parts(names, rounded)


def _units(money: float, digits: int) -> int:
    """The exact value of the float, rounded half to even."""
    return int(f"{money:.{digits}f}".replace(".", ""))
