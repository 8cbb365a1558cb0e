"""What the product uses of a processor while nothing happens. Alone: `python -m benchmarks.idle [seconds]`."""

import sys
import time

from benchmarks import fixtures, report
from benchmarks.freshness import running

SETTLING, SECONDS, GOAL = fixtures.scaled(10, at_least=1), fixtures.scaled(60, at_least=2), 2.0


def measure(seconds: int = SECONDS) -> None:
    """Print the share of one core that the embedded product uses."""
    with running("embedded") as (product, _, _):
        time.sleep(SETTLING)
        before = product.used()
        time.sleep(seconds)
        after = product.used()
    shares = {name: round(100 * (after[name] - before[name]) / seconds, 2) for name in after}
    report.line(
        {
            "claim": "the idle product, embedded",
            "unit": "% of a core",
            "heed": (used := round(sum(shares.values()), 2)),
            "reference": GOAL,
            "reference_is": "the goal",
            "ratio": round(used / GOAL, 2),
            "processes": shares,
            "seconds": seconds,
            "better": "lower",
        }
    )


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
