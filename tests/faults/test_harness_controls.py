"""The checker of the fault harness sees the damage that each naive variant does, and none where there is none."""

import pytest

from tests.faults.harness.controls import CONTROLS, run_control

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

SEEN_AS = {
    "without inbox": "scores_differ",
    "without outbox": "doubled",
    "without lock": "disordered",
    "without savepoints": "lost",
}


@pytest.mark.parametrize("name", CONTROLS)
async def test_the_checker_sees_what_is_damaged(databases, name):
    sound, naive = await run_control(databases, name)
    assert sound.is_none
    assert getattr(naive, SEEN_AS[name])
