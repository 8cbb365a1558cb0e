"""How often a property is tried, and how often what is done again and again for certainty.

By the hypothesis profile: `fast` and `quick` (`make test`) try a few, `full` (`make test-all`) tries all of them.
"""

from typing import Any, Protocol

import pytest
from hypothesis import settings

FULL = "full"
FEW_MORE = 3


class Repetitions(Protocol):
    def __call__(self, *, quick: int, full: int) -> int: ...


def seeds(number: int, *, quick: int = 3) -> list[Any]:
    """Return the seeds of a random test for `parametrize`: `make test` runs the first few, `make test-all` all.

    Those marked `repeated` are only a few more where the profile is not full, as in `.ci/run`.
    """
    full = settings.get_current_profile_name() == FULL
    count = number if full else min(number, quick + FEW_MORE)
    return [pytest.param(seed, marks=pytest.mark.repeated if seed >= quick else ()) for seed in range(count)]


def examples(number: int, **more: Any) -> settings:
    """Try so many in `full`, whatever its own number is, and elsewhere no more than the profile has."""
    full = settings.get_current_profile_name() == FULL
    return settings(max_examples=number if full else min(number, settings().max_examples), **more)
