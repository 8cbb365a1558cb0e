import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from heed_measures.errors import InvalidInput
from heed_measures.rate_ratio import rate_ratio

counts = st.integers(min_value=0, max_value=400)
exposures = st.floats(min_value=0.1, max_value=1000)


def test_the_figures_of_r_s_poisson_test():
    """`poisson.test(c(11, 6+8+7), c(800, 1083+1050+878))` of R's own example: skin cancer after radiation."""
    found = rate_ratio(21, 11, exposure_before=3011, exposure_after=800)
    assert found.ratio == pytest.approx(1.971488, abs=1e-6)
    assert (found.low, found.high) == (pytest.approx(0.8584264, abs=1e-6), pytest.approx(4.2772659, abs=1e-6))


@given(before=counts, after=counts, exposure_before=exposures, exposure_after=exposures)
def test_the_interval_is_scipy_s_exact_one_for_the_share(before, after, exposure_before, exposure_after):
    if before + after == 0:
        return
    found = rate_ratio(before, after, exposure_before=exposure_before, exposure_after=exposure_after)
    share = binomtest(after, before + after).proportion_ci(0.95, method="exact")
    scale = exposure_before / exposure_after
    assert found.low == pytest.approx(share.low / (1 - share.low) * scale, rel=1e-6)
    if found.high is not None:
        assert found.high == pytest.approx(share.high / (1 - share.high) * scale, rel=1e-6)
    assert (found.high is None) is (before == 0)


@given(before=counts, after=counts, exposure_before=exposures, exposure_after=exposures)
def test_the_p_value_is_small_just_where_the_interval_leaves_out_no_change(
    before, after, exposure_before, exposure_after
):
    found = rate_ratio(before, after, exposure_before=exposure_before, exposure_after=exposure_after)
    if abs(found.p_value - 0.05) > 1e-6:
        leaves_out = found.low > 1 or (found.high is not None and found.high < 1)
        assert leaves_out is (found.p_value < 0.05)


def test_where_nothing_ever_happened_nothing_is_known():
    found = rate_ratio(0, 0, exposure_before=12, exposure_after=12)
    assert (found.ratio, found.low, found.high, found.p_value) == (None, 0, None, 1)


def test_without_a_count_before_there_is_no_ratio_but_a_lower_bound():
    found = rate_ratio(0, 8, exposure_before=12, exposure_after=12)
    assert (found.ratio, found.high) == (None, None)
    assert found.low > 1


@pytest.mark.parametrize(
    "given_",
    [(-1, 0, 1, 1, 0.95), (0, -1, 1, 1, 0.95), (0, 0, 0, 1, 0.95), (0, 0, 1, float("nan"), 0.95), (0, 0, 1, 1, 1)],
)
def test_impossible_counts_and_exposures_are_refused(given_):
    before, after, first, second, level = given_
    with pytest.raises(InvalidInput):
        rate_ratio(before, after, exposure_before=first, exposure_after=second, level=level)
