"""When two fits are one: how far a search gets hangs on the processor, and an optimum is only as sharp as it is."""

import numpy as np
import pytest

LIKELIHOOD = 1e-5
"""One standard error from the optimum costs a half."""
STANDARD_ERRORS = 0.01


def names_of(parameters):
    return [name for name in ("r", "alpha", "a", "b", "s", "beta") if hasattr(parameters, name)]


def assert_same_optimum(model, found, other, seen):
    """Two fits of the same customers, without penalty, explain them equally well and are next to each other."""
    histories = (seen.x, seen.tx, seen.T)
    assert model.log_likelihood(found, *histories) == pytest.approx(
        model.log_likelihood(other, *histories), rel=0, abs=LIKELIHOOD
    )
    errors = np.sqrt(np.diag(model.covariance(found, *histories, penalty=0.0)))
    apart = [np.log(getattr(found, name) / getattr(other, name)) for name in names_of(found)]
    assert apart == pytest.approx([0] * len(errors), abs=STANDARD_ERRORS * min(errors))
