"""The back-test: the published quality on CDNOW, no look at the future, and odd cohorts."""

import json
from dataclasses import fields
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import pareto_nbd
from heed_measures.backtest import ALL_MODELS, BASELINE_SAME_AS_BEFORE, LEARNED_RISKS, MODELS, backtest, forecast
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BGParameters
from heed_measures.errors import InvalidInput
from heed_measures.pareto_nbd import ParetoParameters
from heed_measures.purchase_log import cohort_at, outcomes_after, purchase_log
from tests.examples import examples
from tests.measures import cdnow
from tests.measures.optima import assert_same_optimum

few = examples(15)

UNTIL = cdnow.CALIBRATION_END.toordinal()
DAYS = (cdnow.HOLDOUT_END - cdnow.CALIBRATION_END).days
CUT, HORIZON = 100, 50

rows = st.tuples(st.integers(0, 8), st.integers(1, CUT + 2 * HORIZON), st.integers(1, 500))
later_rows = st.lists(st.tuples(st.integers(0, 12), st.integers(CUT + 1, CUT + 2 * HORIZON), st.integers(-500, 500)))


def log_of(given_rows):
    return purchase_log(*np.array(given_rows, dtype=np.int64).reshape(-1, 3).T)


@cache
def on_cdnow(log=cdnow.sample_log):
    found = backtest(log(), until=UNTIL, days=DAYS, penalty=0.0)
    return found, {quality.model: quality for quality in found.models}


def test_the_sample_is_cut_as_in_the_paper():
    found, models = on_cdnow()
    assert (found.customers, found.repeaters) == (2357, 946)
    assert (found.came_back, found.purchases) == (684, 1882)
    assert found.remarks == ()
    assert tuple(models) == (*ALL_MODELS, *LEARNED_RISKS)


@pytest.mark.parametrize(
    ("model", "published", "log_likelihood"),
    [
        (BG_NBD, BGParameters(0.24259, 4.4136, 0.79292, 2.42591), -9582.4292),
        (MBG_NBD, BGParameters(0.52484, 6.18309, 0.89136, 1.61400), -9582.1357),
        (pareto_nbd, ParetoParameters(0.55328, 10.5777, 0.60624, 11.6687), -9594.9762),
    ],
)
def test_the_models_of_a_back_test_are_the_published_ones(model, published, log_likelihood):
    quality = on_cdnow()[1][getattr(model, "name", "pareto_nbd")]
    assert_same_optimum(model, type(published)(**quality.parameters), published, cdnow.sample())
    assert quality.log_likelihood == pytest.approx(log_likelihood, abs=5e-5)
    assert quality.converged


@pytest.mark.parametrize(
    ("model", "auc", "rmse"),
    [
        ("bg_nbd", 0.7725, 1.608),
        ("mbg_nbd", 0.7728, 1.607),
        ("pareto_nbd", 0.7787, 1.603),
        (BASELINE_SAME_AS_BEFORE, 0.7576, 1.971),
    ],
)
def test_the_sample_is_forecast_as_well_as_published(model, auc, rmse):
    quality = on_cdnow()[1][model]
    assert quality.auc_by_purchases == pytest.approx(auc, abs=6e-5)
    assert quality.rmse == pytest.approx(rmse, abs=6e-4)


@pytest.mark.repeated
@pytest.mark.parametrize(
    ("model", "by_purchases", "by_risk", "brier"),
    [
        ("bg_nbd", 0.7630, 0.7466, 0.1654),
        ("mbg_nbd", 0.7651, 0.7547, 0.1661),
        ("pareto_nbd", 0.7687, 0.7627, 0.1656),
    ],
)
def test_all_customers_are_forecast_as_well_as_published(model, by_purchases, by_risk, brier):
    found, models = on_cdnow(cdnow.master_log)
    quality = models[model]
    assert found.customers == 23_570
    assert quality.auc_by_purchases == pytest.approx(by_purchases, abs=6e-5)
    assert quality.auc_by_risk == pytest.approx(by_risk, abs=6e-5)
    assert quality.brier == pytest.approx(brier, abs=6e-5)


@pytest.mark.repeated
def test_the_learned_risk_has_better_brier_and_auc_than_any_purchase_model():
    _, models = on_cdnow(cdnow.master_log)
    learned = models["calibrated"]
    assert learned.brier == pytest.approx(0.1578, abs=6e-5)
    assert learned.auc_by_risk == pytest.approx(0.7722, abs=6e-5)
    assert max(abs(group.predicted - group.observed) for group in learned.calibration) < 0.025
    assert learned.auc_by_risk > max(models[name].auc_by_risk for name in MODELS)
    # The table makes probabilities true; it must not pay for that with the order of the customers.
    assert models["logistic"].auc_by_risk - learned.auc_by_risk < 0.001


@pytest.mark.parametrize("model", [*MODELS, *LEARNED_RISKS])
def test_the_calibration_table_has_every_customer_once_and_rises(model):
    found, models = on_cdnow()
    table = models[model].calibration
    assert sum(group.customers for group in table) == found.customers
    stayed_away = sum(group.customers * group.observed for group in table)
    assert stayed_away == pytest.approx(found.customers - found.came_back)
    assert [group.predicted for group in table] == sorted(group.predicted for group in table)
    assert max(abs(group.predicted - group.observed) for group in table) < 0.15


def test_the_best_tenth_brings_half_of_the_money_and_more_than_by_the_baseline():
    _, models = on_cdnow()
    capture = models["mbg_nbd"].capture
    assert capture[0] > 0.5 > models[BASELINE_SAME_AS_BEFORE].capture[0]
    assert list(capture) == sorted(capture)
    assert capture[-1] == pytest.approx(1)
    assert models["mbg_nbd"].capture_by == "amount"


@pytest.mark.slow
@few
@given(st.lists(rows, min_size=1, max_size=60), later_rows)
def test_nothing_that_happens_after_the_day_changes_a_forecast(given_rows, other_future):
    known = [(0, 1, 10), (0, 9, 20), *(row for row in given_rows if row[1] <= CUT)]
    logs = [log_of(known + future) for future in ([row for row in given_rows if row[1] > CUT], other_future)]
    cohorts = [cohort_at(log, until=CUT, window=HORIZON) for log in logs]
    for model in ALL_MODELS:
        one, other = (forecast(model, cohort, days=HORIZON) for cohort in cohorts)
        assert one.parameters == other.parameters
        for predicted, otherwise in (
            (one.purchases, other.purchases),
            (one.risk, other.risk),
            (one.amount, other.amount),
        ):
            assert np.array_equal(predicted, otherwise)


def test_the_same_log_read_a_day_further_does_change_it():
    log = log_of([(0, 1, 10), (0, 9, 20), (1, 5, 10), (1, CUT + 1, 10)])
    sooner, later = (forecast("mbg_nbd", cohort_at(log, until=day, window=9), days=9) for day in (CUT, CUT + 1))
    assert not np.array_equal(sooner.risk, later.risk)


@few
@given(st.lists(rows, min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_the_log_makes_no_difference(given_rows, random):
    shuffled = random.sample(given_rows, len(given_rows))
    known = [(3, 4, 5)]
    cohorts = [cohort_at(log_of(some + known), until=CUT, window=HORIZON) for some in (given_rows, shuffled)]
    for field in fields(cohorts[0]):
        assert np.array_equal(getattr(cohorts[0], field.name), getattr(cohorts[1], field.name))


@few
@given(st.lists(rows, min_size=1, max_size=60))
def test_every_purchase_day_is_counted_once_before_or_after(given_rows):
    log = log_of([*given_rows, (0, 1, 1)])
    cohort = cohort_at(log, until=CUT, window=CUT)
    later = outcomes_after(log, cohort, until=CUT, days=2 * HORIZON)
    known = set(cohort.customer.tolist())
    days = {(customer, day) for customer, day, _ in [*given_rows, (0, 1, 1)] if customer in known}
    assert cohort.x.sum() + len(known) + later.days.sum() == len(days)
    assert np.array_equal(cohort.recent_x, cohort.x)


def test_a_customer_is_counted_by_hand():
    log = log_of([(7, 10, 5), (7, 24, 6), (7, 24, 4), (7, 31, 20), (7, 40, 8), (7, 60, 3), (9, 41, 1)])
    cohort = cohort_at(log, until=38, window=14)
    assert cohort.customer.tolist() == [7]
    assert (cohort.x[0], cohort.tx[0], cohort.T[0], cohort.mean_amount[0]) == (2, 3, 4, 15)
    assert (cohort.recent_x[0], cohort.recent_amount[0]) == (1, 20)
    later = outcomes_after(log, cohort, until=38, days=14)
    assert (later.days[0], later.amount[0]) == (1, 8)


def test_without_repeaters_only_the_baseline_has_a_forecast():
    found = backtest(log_of([(1, 1, 5), (2, 2, 5), (1, CUT + 1, 5)]), until=CUT, days=HORIZON)
    problems = {quality.model: quality.problem for quality in found.models}
    assert problems == dict.fromkeys([*MODELS, *LEARNED_RISKS], "nobody_repeated") | {BASELINE_SAME_AS_BEFORE: None}
    habit = found.models[len(MODELS)]
    assert habit.rmse == pytest.approx(0.5**0.5)


@pytest.mark.parametrize(
    ("later", "remark"),
    [([], "No customer came back"), ([(1, CUT + 1, 5), (2, CUT + 2, 5)], "Every customer came back")],
)
def test_where_all_did_the_same_there_is_nothing_to_rank(later, remark):
    found = backtest(log_of([(1, 1, 5), (1, 8, 5), (2, 2, 5), *later]), until=CUT, days=HORIZON)
    assert found.remarks[0].startswith(remark)
    for quality in found.models:
        assert (quality.auc_by_purchases, quality.auc_by_risk) == (None, None)
        if quality.model in LEARNED_RISKS:
            assert quality.problem is not None
            continue
        assert quality.rmse is not None
        assert bool(quality.capture) == bool(later)


def test_few_customers_are_reported_with_a_warning():
    found = backtest(log_of([(1, 1, 5), (1, 8, 5), (2, 2, 5), (1, CUT + 1, 5)]), until=CUT, days=HORIZON)
    assert found.remarks == ("1 of 2 came back: with fewer than 100 on either side the figures are rough.",)


@few
@given(st.lists(rows, min_size=1, max_size=40))
def test_whatever_the_cohort_there_is_no_exception_and_no_number_that_is_none(given_rows):
    found = backtest(log_of([*given_rows, (0, 1, 1)]), until=CUT, days=HORIZON)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["customers"] == found.customers


@pytest.mark.parametrize(("amount", "by"), [(5, "amount"), (0, "purchases"), (-3, "purchases")])
def test_where_no_repeat_brought_money_customers_are_ranked_by_their_purchases(amount, by):
    log = log_of([(1, 1, amount), (1, 8, amount), (2, 2, amount), (1, CUT + 1, 5)])
    found = backtest(log, until=CUT, days=HORIZON)
    assert {quality.capture_by for quality in found.models if quality.model in MODELS} == {by}
    assert len(found.models[0].capture) == 10


def test_equal_customers_and_a_single_customer_have_a_forecast():
    alike = [(customer, day, 5) for customer in range(30) for day in (1, 15, 29, CUT + 7)]
    for log in (log_of(alike), log_of(alike[:4])):
        found = backtest(log, until=CUT, days=HORIZON)
        problems = {quality.model: quality.problem for quality in found.models}
        assert all(problems[name] is None for name in ALL_MODELS)
        # Where all do the same, there is no outcome to learn a risk from.
        assert all(problems[name] is not None for name in LEARNED_RISKS)


@pytest.mark.parametrize(
    ("log", "days"),
    [(log_of([]), HORIZON), (log_of([(1, CUT + 1, 5)]), HORIZON), (log_of([(1, 1, 5)]), 0)],
    ids=["no purchase", "none by then", "no day"],
)
def test_without_customers_or_days_it_refuses(log, days):
    with pytest.raises(InvalidInput):
        backtest(log, until=CUT, days=days)


@pytest.mark.parametrize("penalty", [-1.0, float("nan"), float("inf")])
def test_a_prior_that_pushes_away_or_weighs_everything_is_refused(penalty):
    with pytest.raises(InvalidInput):
        backtest(log_of([(1, 1, 5), (1, 8, 5)]), until=CUT, days=HORIZON, penalty=penalty)


@pytest.mark.parametrize(
    "columns",
    [([1], [1, 2], [1.0]), ([1.5], [1], [1.0]), ([1], [1.5], [1.0]), ([1], [1], [float("nan")]), ([[1]], [[1]], [[1]])],
)
def test_a_log_that_is_none_is_refused(columns):
    with pytest.raises(InvalidInput):
        purchase_log(*columns)


def test_a_model_that_there_is_not_is_refused():
    found = cohort_at(log_of([(1, 1, 5)]), until=CUT, window=HORIZON)
    with pytest.raises(InvalidInput):
        forecast("horoscope", found, days=HORIZON)
