"""`heed up` with a clock that the harness sets: `python -m tests.faults.harness.steered_product CLOCK_FILE`."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from heed import all_in_one
from heed.settings import load
from heed_common import logs
from heed_common.gc_tuning import freeze_startup_objects
from tests.faults.harness.clock import SteeredClock


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM, as the command of the product does."""
    (clock_file,) = arguments
    settings = load()
    logs.configure(level=settings.log_level, style=settings.log_format)
    freeze_startup_objects()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(all_in_one.serve(settings, clock=SteeredClock(Path(clock_file))))


if __name__ == "__main__":
    main(sys.argv[1:])
