"""Size of a sample for a margin of error, and how many customers to invite for it."""

from math import ceil, sqrt

from scipy.special import ndtri

from heed_measures.errors import InvalidInput

CONFIDENCE = 0.95
ROUNDING_SLACK = 1e-9
"""A size that is a whole number but for the last bits of a float is that number."""


def size_for_share(
    margin: float,
    *,
    share: float = 0.5,
    population: int | None = None,
    design_effect: float = 1.0,
    confidence: float = CONFIDENCE,
) -> int:
    """Return the responses needed to estimate a share with a half-interval of ``margin``; both are in 0–1.

    ``n0 = z² p (1 − p) / e² · deff``, with the finite-population correction ``n = n0 / (1 + (n0 − 1) / N)``. A share of
    one half is the worst case. Errors: `InvalidInput`. Source: Cochran 1977, sections 4.4 and 4.6; Kish 1965 for deff.
    """
    if not 0 <= share <= 1:
        raise InvalidInput("A share lies between 0 and 1.")
    return size_for_mean(
        margin,
        deviation=sqrt(share * (1 - share)),
        population=population,
        design_effect=design_effect,
        confidence=confidence,
    )


def size_for_mean(
    margin: float,
    *,
    deviation: float,
    population: int | None = None,
    design_effect: float = 1.0,
    confidence: float = CONFIDENCE,
) -> int:
    """Return the responses needed to estimate a mean with a half-interval of ``margin``, in the unit of the deviation.

    Errors: `InvalidInput`. Source: Cochran 1977, section 4.6.
    """
    _check(margin, deviation, population, design_effect, confidence)
    unlimited = (_z(confidence) * deviation / margin) ** 2 * design_effect
    if population is None:
        return max(1, ceil(unlimited - ROUNDING_SLACK))
    corrected = unlimited / (1 + (unlimited - 1) / population) if population else 0.0
    return min(population, max(1, ceil(corrected - ROUNDING_SLACK)))


def margin_of(
    size: int,
    *,
    deviation: float = 0.5,
    population: int | None = None,
    design_effect: float = 1.0,
    confidence: float = CONFIDENCE,
) -> float:
    """Return the half-interval that this many responses give: the inverse of `size_for_mean` before rounding.

    Errors: `InvalidInput`. Source: Cochran 1977, section 4.6.
    """
    _check(1.0, deviation, population, design_effect, confidence)
    if size < 1 or (population is not None and size > population):
        raise InvalidInput("A sample has at least one member and at most the whole population.")
    correction = 1.0
    if population is not None:
        correction = (population - size) / (population - 1) if population > 1 else 0.0
    return _z(confidence) * deviation * sqrt(correction * design_effect / size)


def invitations_for(responses: int, *, response_rate: float, population: int | None = None) -> int:
    """Return how many customers to invite so that this many are expected to respond; at most the whole population.

    Errors: `InvalidInput` for a rate outside (0, 1]. Source: Cochran 1977, section 13.4.
    """
    if not 0 < response_rate <= 1:
        raise InvalidInput("A response rate is above 0 and at most 1.")
    invited = ceil(responses / response_rate - ROUNDING_SLACK)
    return invited if population is None else min(invited, population)


def _z(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))


def _check(margin: float, deviation: float, population: int | None, design_effect: float, confidence: float) -> None:
    if not (margin > 0 and deviation >= 0 and design_effect > 0):
        raise InvalidInput("A margin and a design effect are positive, a deviation is not negative.")
    if not 0 < confidence < 1:
        raise InvalidInput("The confidence lies between 0 and 1.")
    if population is not None and population < 0:
        raise InvalidInput("A population is not negative.")
