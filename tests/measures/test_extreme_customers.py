"""Far outside the ordinary, where series and integrals lose their digits, a forecast must still be possible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import pareto_nbd
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BGParameters
from heed_measures.pareto_nbd import ParetoParameters

wide = st.one_of(st.integers(1, 5).map(float), st.floats(0.02, 50))
scale = st.floats(0.01, 500)
MODELS = {
    BG_NBD: st.builds(BGParameters, r=wide, alpha=scale, a=wide, b=wide),
    MBG_NBD: st.builds(BGParameters, r=wide, alpha=scale, a=wide, b=wide),
    pareto_nbd: st.builds(ParetoParameters, r=wide, alpha=scale, s=wide, beta=scale),
}
SHARES = np.array([0.001, 0.2, 0.7, 1.0])


@pytest.mark.parametrize("model", MODELS, ids=["bg", "mbg", "pareto"])
@given(data=st.data(), x=st.integers(0, 500), age=st.floats(0.14, 1000), t=st.floats(0.1, 300))
def test_a_forecast_lies_between_the_chance_of_one_purchase_and_never_leaving(model, data, x, age, t):
    parameters = data.draw(MODELS[model])
    last = age * SHARES if x else 0 * SHARES
    expected = model.expected_purchases(parameters, t, x, last, age)
    risk = model.probability_inactive(parameters, t, x, last, age)
    if_never_leaving = (parameters.r + x) * t / (parameters.alpha + age)
    assert ((risk >= 0) & (risk <= 1 + 1e-12)).all()
    assert (expected >= (1 - risk) * (1 - 1e-6) - 1e-9).all()
    assert (model.expected_if_alive(parameters, t, x, age) <= if_never_leaving * (1 + 1e-6) + 1e-9).all()
