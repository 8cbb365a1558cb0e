"""The steered clock: two processes that share its file see the same time."""

from datetime import UTC, datetime, timedelta

from tests.faults.harness.clock import SteeredClock

TOLERANCE = timedelta(seconds=30)


def test_a_jump_is_seen_by_all_who_share_the_file(tmp_path):
    mine, theirs = SteeredClock(tmp_path / "clock"), SteeredClock(tmp_path / "clock")
    mine.jump(timedelta(hours=5))
    mine.jump(-timedelta(hours=2))
    for clock in (mine, theirs, SteeredClock(tmp_path / "clock")):
        assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=3)) < TOLERANCE


def test_a_halted_clock_shows_one_moment_to_all_until_it_jumps(tmp_path):
    mine, theirs = SteeredClock(tmp_path / "clock"), SteeredClock(tmp_path / "clock")
    mine.halt()
    assert mine.now() == theirs.now() == mine.now()
    mine.jump(timedelta())
    assert theirs.now() != theirs.now()
