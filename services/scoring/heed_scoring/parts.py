"""A number of money as it is printed, in parts that add up to it exactly."""

from collections.abc import Sequence

from heed_scoring.printed import half_even

Part = tuple[str, int]
"""A factor, and what it comes to in minor units."""


def of_integers(names: Sequence[str], exact: Sequence[int], *, divisor: int) -> list[Part]:
    """Parts known exactly, as integers; `divisor` of their units make a minor unit."""
    rounded = [half_even(part, divisor) for part in exact]
    return _exactly(names, rounded, exact, total=half_even(sum(exact), divisor))


def of_floats(names: Sequence[str], parts: Sequence[float], *, total: float, digits: int) -> list[Part]:
    """Parts of a calculated total."""
    rounded = [_units(part, digits) for part in parts]
    return _exactly(names, rounded, parts, total=_units(total, digits))


def _exactly(names: Sequence[str], rounded: list[int], exact: Sequence[float], *, total: int) -> list[Part]:
    """The part of largest magnitude takes what is missing in the total, the first of equals."""
    missing = total - sum(rounded)
    if missing:
        sizes = [abs(part) for part in exact]
        rounded[sizes.index(max(sizes))] += missing
    return list(zip(names, rounded, strict=True))


def _units(money: float, digits: int) -> int:
    """The exact value of the float, rounded half to even."""
    return int(f"{money:.{digits}f}".replace(".", ""))
