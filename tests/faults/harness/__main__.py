"""`python -m tests.faults.harness`: faults under load, and one summary line of the damage."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from time import monotonic

from tests.faults.harness import controls, stage
from tests.faults.harness.disk import can_mount
from tests.faults.harness.plan import FaultKind, Stage, make_plan
from tests.faults.harness.report import Report
from tests.kafka_server import why_not


def main(arguments: Sequence[str]) -> int:
    """Return 0 when nothing was damaged and every control was caught, else 1."""
    chosen = _parser().parse_args(arguments)
    logging.disable()  # What parts of the product log in this process are the controls' own mistakes.
    report = asyncio.run(_run(_plan(chosen.seed, chosen.faults), seed=chosen.seed))
    for line in report.details():
        stage.print_line(line)
    print(report.line())
    return 0 if report.is_as_it_should_be else 1


def _plan(seed: int, faults: int) -> Sequence[Stage]:
    """Plan what is possible on this machine, and print what is not."""
    impossible: set[FaultKind] = set()
    if (no_kafka := why_not()) is not None:
        stage.print_line(f"no faults on Kafka: {no_kafka}")
    if not can_mount():
        stage.print_line("no full disk: to mount a small file system needs root")
        impossible.add(FaultKind.FILL_DISK)
    return make_plan(seed=seed, faults=faults, kafka=no_kafka is None, impossible=impossible)


async def _run(plan: Sequence[Stage], *, seed: int) -> Report:
    report, began = Report(seed), monotonic()
    for number, planned in enumerate(plan, start=1):
        stage.print_line(f"stage {number}: {len(planned.faults)} faults, {planned.bus} ({monotonic() - began:.0f} s)")
        await stage.run(planned, name=f"seed-{seed}-stage-{number}", report=report)
    stage.print_line(f"controls ({monotonic() - began:.0f} s)")
    report.controls_caught = await controls.count_caught()
    stage.print_line(f"done ({monotonic() - began:.0f} s)")
    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.harness")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same plan of faults")
    parser.add_argument("--faults", type=int, default=50, help="how many")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
