"""A customer scored alone has the same bits as the same customer among a hundred thousand."""

from functools import cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import churn, gamma_gamma, loyalty, residual_value
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BGParameters
from heed_measures.gamma_gamma import GammaGammaParameters
from tests.examples import examples

few = examples(30)

MANY = 100_000
HORIZON = 90 / 7
PRIOR = BGParameters(r=0.525, alpha=6.18, a=0.891, b=1.614)
MARGINS = GammaGammaParameters(p=6.25, q=3.744, v=15.44)
NO, SAT, WEIGHTS = [0, 90, 0.3, 0], [10, 7, 0.0, 52], [0.4, 0.25, 0.2, 0.15]


@cache
def crowd():
    random = np.random.default_rng(7)
    days = random.integers(1, 800, MANY)
    x = random.poisson(1.4, MANY) * 1.0
    tx = np.where(x > 0, np.ceil(random.uniform(0, 1, MANY) * days), 0) / 7
    factors = random.normal(0, 1, (MANY, 6)) * (random.uniform(size=(MANY, 6)) < 0.3)
    return x, tx, days / 7, random.normal(30, 25, MANY), factors, random.uniform(0, 1, MANY)


def scores(x, tx, age, margin, factors, satisfaction):
    outlook = residual_value.forecast(MBG_NBD, PRIOR, x, tx, age, horizon=HORIZON)
    value = residual_value.discounted_residual(outlook.discounted, gamma_gamma.expected_margin(MARGINS, x, margin))
    base = outlook.inactive
    complaint = churn.decay_weight(np.abs(factors[:, 0]), age * 7)
    all_factors = np.column_stack([factors, complaint, churn.satisfaction_contribution(satisfaction)])
    indicators = np.column_stack([x, age - tx, np.where(satisfaction < 0.2, np.nan, satisfaction), age])
    index = loyalty.loyalty_index(indicators, x_no=NO, x_sat=SAT, weights=WEIGHTS)
    other = BG_NBD.expected_purchases(PRIOR, 12.0, x, tx, age)
    risk, shares = churn.churn_with_attribution(base, all_factors)
    columns = [value, base, outlook.expected, risk, index.points, index.coverage, other]
    return np.column_stack([*columns, shares, index.contributions])


@cache
def together():
    return scores(*crowd())


@few
@given(st.lists(st.integers(0, MANY - 1), min_size=1, max_size=40))
def test_a_customer_alone_or_in_any_company_has_the_same_bits(rows):
    among_many = together()[rows]
    in_company = scores(*(column[rows] for column in crowd()))
    alone = np.vstack([scores(*(column[row : row + 1] for column in crowd())) for row in rows])
    assert in_company.tobytes() == among_many.tobytes()
    assert alone.tobytes() == among_many.tobytes()


def test_combined_functions_have_the_bits_of_separate_ones():
    x, tx, age, _, factors, _ = crowd()
    outlook = residual_value.forecast(MBG_NBD, PRIOR, x, tx, age, horizon=HORIZON)
    one_by_one = [
        MBG_NBD.expected_purchases(PRIOR, HORIZON, x, tx, age),
        residual_value.discounted_purchases(MBG_NBD, PRIOR, x, tx, age),
        MBG_NBD.probability_inactive(PRIOR, HORIZON, x, tx, age),
    ]
    assert [column.tobytes() for column in outlook] == [column.tobytes() for column in one_by_one]
    together = churn.churn_with_attribution(outlook.inactive, factors)
    assert together.risk.tobytes() == churn.log_odds_to_probability(outlook.inactive, factors).tobytes()
    assert together.shares.tobytes() == churn.attribute_probability(outlook.inactive, factors).tobytes()


def test_the_order_in_memory_changes_no_bit():
    base, factors = crowd()[5], crowd()[4]
    rows, columns = (
        churn.churn_with_attribution(base, factors),
        churn.churn_with_attribution(base, np.asfortranarray(factors)),
    )
    assert rows.risk.tobytes() == columns.risk.tobytes()
    assert rows.shares.tobytes() == columns.shares.tobytes()
