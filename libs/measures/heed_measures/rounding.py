"""Rounding of contributions so that, as printed decimals, they add up to the printed number."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class RoundedSum(NamedTuple):
    """One rounded number: baseline + parts = total, exactly."""

    baseline: Decimal
    parts: tuple[Decimal, ...]
    total: Decimal


class RoundedSums(NamedTuple):
    """Many rounded numbers in units of 10^-digits: baseline (n,) + sums of parts (n, k) = total (n,)."""

    baseline: Integers
    parts: Integers
    total: Integers


def round_contributions(baseline: float, total: float, parts: Sequence[float], *, digits: int) -> RoundedSum:
    """Round baseline, parts and total to `digits`; the part of largest magnitude takes the remainder (first of equals).

    Errors: `InvalidInput` when a number is not finite, or when baseline and total differ and there is no part.
    Source: †, the rule of the product.
    """
    units = round_contributions_fixed_point([baseline], [total], as_floats(parts).reshape(1, -1), digits=digits)
    return RoundedSum(
        as_decimal(int(units.baseline[0]), digits),
        tuple(as_decimal(int(part), digits) for part in units.parts[0]),
        as_decimal(int(units.total[0]), digits),
    )


def round_contributions_fixed_point(
    baseline: ArrayLike, total: ArrayLike, parts: ArrayLike, *, digits: int
) -> RoundedSums:
    """Round many rows like `round_contributions`, as integers of 10^-digits; equal to it row by row.

    Shapes: baseline and total (n,), parts (n, k). Errors: as `round_contributions`. Source: †.
    """
    pieces = as_floats(parts)
    start, end, rounded = (to_fixed_point(values, digits=digits) for values in (baseline, total, pieces))
    missing = end - start
    for column in range(rounded.shape[1]):
        missing = missing - rounded[:, column]
    if rounded.shape[1]:
        rows = np.arange(len(rounded))
        rounded[rows, np.argmax(np.abs(pieces), axis=1)] += missing
    elif missing.any():
        raise InvalidInput("Without parts the total must be the baseline.")
    return RoundedSums(start, rounded, end)


def to_fixed_point(values: ArrayLike, *, digits: int) -> Integers:
    """Return numbers as integers of 10^-digits, rounded half to even, any shape.

    Errors: `InvalidInput` for numbers that are not finite or do not fit into 63 bits. Source: IEEE 754 rounding.
    """
    scaled: Floats = np.rint(as_floats(values) * 10.0**digits)
    if not (np.abs(scaled) < 2.0**62).all():
        raise InvalidInput("Only finite numbers can be printed.")
    return scaled.astype(np.int64)


def as_decimal(units: int, digits: int) -> Decimal:
    """Return integer units of 10^-digits as a decimal with all its digits. Errors: none. Source: †."""
    return Decimal(units).scaleb(-digits)


def round_money(amount: Decimal | int, *, exponent: int) -> Decimal:
    """Round an exact amount to the minor unit of its currency, half to even.

    `exponent` as in ISO 4217: 2 for USD, 0 for JPY, 3 for KWD.
    Errors: `InvalidInput` for an amount that is not finite. Source: ISO 4217; IEEE 754 half-even.
    """
    exact = Decimal(amount)
    if not exact.is_finite():
        raise InvalidInput("Only finite amounts can be printed.")
    return exact.quantize(Decimal(1).scaleb(-exponent), rounding=ROUND_HALF_EVEN)
