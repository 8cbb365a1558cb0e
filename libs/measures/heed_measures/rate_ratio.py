"""Poisson rate ratio: two counts, each over an exposure, compared exactly."""

from dataclasses import dataclass

from scipy.special import bdtr, bdtrc, betaincinv

from heed_measures.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class RateRatio:
    """The rate afterwards relative to the rate before, with its confidence interval."""

    ratio: float | None
    """None where the count before is 0."""
    low: float
    high: float | None
    """None where there is no upper bound."""
    p_value: float
    """Of no change, two-sided: below 1 − level exactly where the interval excludes 1."""


def rate_ratio(
    before: int, after: int, *, exposure_before: float, exposure_after: float, level: float = 0.95
) -> RateRatio:
    """Return the rate afterwards divided by the rate before. Counts are whole numbers, exposures are of one unit.

    Given the total count, the count afterwards is binomial; the interval is the exact one for their share
    (Clopper–Pearson), carried over to the ratio. So it holds for small counts too, and is rather too wide than too
    narrow. Errors: `InvalidInput` for negative counts, exposures that are not positive, a level outside 0–1.
    Source: Przyborowski and Wilenski 1940; Clopper and Pearson 1934; the same as R's poisson.test.
    """
    if before < 0 or after < 0 or not (exposure_before > 0 and exposure_after > 0):
        raise InvalidInput("Counts are not negative and exposures are positive.")
    if not 0 < level < 1:
        raise InvalidInput("The level lies between 0 and 1.")
    total, tail = before + after, (1 - level) / 2
    low = 0.0 if after == 0 else float(betaincinv(after, before + 1, tail))
    high = 1.0 if before == 0 else float(betaincinv(after + 1, before, 1 - tail))
    scale = exposure_before / exposure_after
    ratio = None if before == 0 else after / before * scale
    share = exposure_after / (exposure_before + exposure_after)
    return RateRatio(ratio, _odds(low) * scale, None if before == 0 else _odds(high) * scale, _p(after, total, share))


def _odds(share: float) -> float:
    return share / (1 - share)


def _p(count: int, total: int, share: float) -> float:
    """Return twice the smaller tail, which belongs to an interval with equal tails."""
    if total == 0:
        return 1.0
    at_most = float(bdtr(count, total, share))
    at_least = 1.0 if count == 0 else float(bdtrc(count - 1, total, share))
    return min(1.0, 2 * min(at_most, at_least))
