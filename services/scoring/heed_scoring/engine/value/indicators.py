"""Value from indicators, for incomplete data: normalised, weighted, summed, and converted into money.

The weights are AHP's †: profit 2 : volume, 3 : service cost, volume 2 : service cost; loyalty 2 : trust, 5 : referrals,
trust 3 : referrals. ADR 12 defines the value of 100 points.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from heed_common.contracts.survey import Measure
from heed_measures.arrays import Floats
from heed_measures.loyalty import LoyaltyIndex, loyalty_index
from heed_measures.residual_value import MONTHLY_DISCOUNT_RATE, MONTHS
from heed_scoring.engine.decimal_text import ExactSum, sum_of_floats
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import ReferenceYear

CURRENT = ("indicator_gross_profit", "indicator_purchase_volume", "indicator_service_cost")
CURRENT_WEIGHTS = (0.539615, 0.296961, 0.163424)
POTENTIAL = ("indicator_loyalty", "indicator_trust", "indicator_referrals")
POTENTIAL_WEIGHTS = (0.581552, 0.308996, 0.109452)
TRUST_MEASURES = (Measure.TRUST, Measure.SATISFACTION, Measure.RECOMMENDATION)
"""Measures of trust."""
SATISFYING_REFERRALS = 2.0
ACCEPTABLE_SHARE = 0.6
"""With an acceptable value of 60 % of the satisfying one, half of it is 50 points, and 0 is 0 points."""
YEAR_AHEAD_DISCOUNT = sum((1 + MONTHLY_DISCOUNT_RATE) ** -month for month in range(1, MONTHS + 1)) / MONTHS
"""Present value of 1, spread evenly over the coming months."""
UNUSED_BOUND = 1.0


class IndicatorValue(NamedTuple):
    """An amount in the model's currency, and the contribution of each indicator; None where it is unknown."""

    amount: float
    brought: tuple[float | None, ...]

    def sum(self, names: tuple[str, ...], digits: int) -> ExactSum:
        """Return the amount with its parts, in minor units."""
        return sum_of_floats(names, self.brought, total=self.amount, digits=digits)


def current(customers: Sequence[Features], standard: ReferenceYear, unit: int) -> list[IndicatorValue]:
    """Return the current value relative to a good year of the population; 0 without purchases in the year."""
    bounds = (standard.gross_profit, standard.purchase_days, standard.service_cost)
    table = np.array([_year_indicators(customer, unit) for customer in customers]).reshape(len(customers), len(bounds))
    usable = np.array(bounds) > 0
    best = np.where(usable, bounds, UNUSED_BOUND)
    costs_little = np.array([False, False, True])
    points = loyalty_index(
        np.where(usable, table, np.nan),
        x_no=np.where(costs_little, best, ACCEPTABLE_SHARE * best),
        x_sat=np.where(costs_little, 0.0, best),
        weights=CURRENT_WEIGHTS,
    )
    return _in_money(points, table, np.array([standard.current if row[1] > 0 else 0.0 for row in table.tolist()]))


def potential(
    customers: Sequence[Features], loyalties: Sequence[float], years: Sequence[float]
) -> list[IndicatorValue]:
    """Return the part of last year's value that loyalty, trust and referrals let us expect again."""
    rows = zip(customers, loyalties, strict=True)
    table = np.array([(points, trust(customer), customer.referrals) for customer, points in rows], dtype=float)
    table = table.reshape(len(customers), len(POTENTIAL))
    best = np.array([100.0, 1.0, SATISFYING_REFERRALS])
    points = loyalty_index(table, x_no=ACCEPTABLE_SHARE * best, x_sat=best, weights=POTENTIAL_WEIGHTS)
    return _in_money(points, table, YEAR_AHEAD_DISCOUNT * np.array(years))


def trust(customer: Features) -> float:
    """Return the mean level of the trust measures; nan without answers."""
    levels = [customer.attitudes[measure].level for measure in TRUST_MEASURES if measure in customer.attitudes]
    return sum(levels) / len(levels) if levels else np.nan


def trust_evidence(customer: Features) -> tuple[str, ...]:
    """Return the events behind `trust`."""
    events = [customer.attitudes[measure].evidence for measure in TRUST_MEASURES if measure in customer.attitudes]
    return tuple(sorted({event for some in events for event in some}))


def _year_indicators(customer: Features, unit: int) -> tuple[float, float, float]:
    profit = (customer.paid - customer.production_cost) / unit if customer.rated_share > 0 else np.nan
    return profit, float(customer.days_in_year), (customer.costs.service + customer.costs.remedies) / unit


def _in_money(points: LoyaltyIndex, table: Floats, worth: Floats) -> list[IndicatorValue]:
    """Return points as money; `worth` is the value of 100 points of each customer."""
    shares = (points.contributions / 100 * worth[:, np.newaxis]).astype(object)
    shares[np.isnan(table)] = None
    amounts = np.nan_to_num(points.points) / 100 * worth
    return [
        IndicatorValue(amount, tuple(parts)) for amount, parts in zip(amounts.tolist(), shares.tolist(), strict=True)
    ]
