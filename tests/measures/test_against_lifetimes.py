"""The unmaintained `lifetimes` as an independent oracle, where it still runs."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.examples import examples

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

from heed_measures import gamma_gamma, pareto_nbd
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BGParameters
from heed_measures.gamma_gamma import GammaGammaParameters
from heed_measures.pareto_nbd import ParetoParameters
from tests.measures import cdnow
from tests.measures.optima import assert_same_optimum, names_of
from tests.measures.test_beta_geometric import fitted

few = examples(30)

# Its hypergeometric functions lose digits for many purchases and far horizons: it is compared in the ordinary range.
shape, scale = st.floats(0.2, 3), st.floats(2, 40)
geometric = st.builds(BGParameters, r=shape, alpha=scale, a=shape.filter(lambda a: abs(a - 1) > 0.01), b=shape)
pareto = st.builds(ParetoParameters, r=shape, alpha=scale, s=shape.filter(lambda s: abs(s - 1) > 0.01), beta=scale)
CASES = [(BG_NBD, BetaGeoFitter), (MBG_NBD, ModifiedBetaGeoFitter), (pareto_nbd, ParetoNBDFitter)]
both = pytest.mark.parametrize(("model", "oracle"), CASES, ids=["bg", "mbg", "pareto"])


@st.composite
def customers(draw):
    age, x = draw(st.floats(4, 100)), draw(st.integers(0, 15))
    return float(x), age * draw(st.floats(0.1, 1)) if x else 0.0, age


def expected_by(fitter, parameters, method, *arguments):
    fitter.params_ = {name: getattr(parameters, name) for name in names_of(parameters)}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return getattr(fitter, method)(*(np.array([argument]) for argument in arguments))


@both
@few
@given(data=st.data(), who=customers(), t=st.floats(1, 60))
def test_predictions_for_any_ordinary_customer_agree(model, oracle, data, who, t):
    parameters = data.draw(pareto if model is pareto_nbd else geometric)
    x, tx, age = who
    fitter = oracle()
    expected = expected_by(fitter, parameters, "conditional_expected_number_of_purchases_up_to_time", t, x, tx, age)
    alive = expected_by(fitter, parameters, "conditional_probability_alive", x, tx, age)
    new = expected_by(fitter, parameters, "expected_number_of_purchases_up_to_time", t)
    # It answers nan where a + b or the like happens to be a whole number.
    assume(np.isfinite([expected[0], alive[0], new[0]]).all())
    assert model.expected_purchases(parameters, t, x, tx, age) == pytest.approx(float(expected[0]), rel=1e-5, abs=1e-9)
    assert model.probability_alive(parameters, x, tx, age) == pytest.approx(float(alive[0]), rel=1e-6)
    assert model.expected_purchases_new(parameters, t) == pytest.approx(float(new[0]), rel=1e-6)


@pytest.mark.slow
@both
def test_both_find_the_same_parameters_on_cdnow(model, oracle):
    seen, fitter = cdnow.sample(), oracle()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fitter.fit(seen.x, seen.tx, seen.T)
    found = fitted(model)
    theirs = type(found)(**{name: float(fitter.params_[name]) for name in names_of(found)})
    assert_same_optimum(model, found, theirs, seen)


@few
@given(
    parameters=st.builds(GammaGammaParameters, p=st.floats(0.5, 20), q=st.floats(1.1, 10), v=st.floats(0.5, 100)),
    x=st.integers(1, 50),
    m=st.floats(0.1, 500),
)
def test_expected_margins_agree(parameters, x, m):
    fitter = GammaGammaFitter()
    fitter.params_ = {"p": parameters.p, "q": parameters.q, "v": parameters.v}
    theirs = fitter.conditional_expected_average_profit(np.array([x]), np.array([m]))
    assert gamma_gamma.expected_margin(parameters, x, m) == pytest.approx(float(theirs[0]))


@pytest.mark.slow
def test_both_find_the_same_margins_on_cdnow():
    seen, fitter = cdnow.sample(), GammaGammaFitter()
    repeated = seen.x > 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fitter.fit(seen.x[repeated], seen.m[repeated])
    found = gamma_gamma.fit(seen.x, seen.m, penalty=0.0)
    theirs = [float(fitter.params_[name]) for name in ("p", "q", "v")]
    assert [found.p, found.q, found.v] == pytest.approx(theirs, rel=1e-5)
