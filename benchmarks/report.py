"""How a measured claim is printed: one JSON line, the figure of the same run without Heed beside it.

`ratio` is Heed's figure over the reference's. `better` names the direction in which it improves.
"""

import json
import statistics
from collections.abc import Callable, Sequence
from time import perf_counter, thread_time
from typing import Any, NamedTuple

lines: list[dict[str, Any]] = []
"""Lines of this run, for the file of results."""


def line(content: dict[str, Any]) -> None:
    """Print a line and add it to the results."""
    lines.append(content)
    print(json.dumps(content, ensure_ascii=False), flush=True)


def rate(
    claim: str,
    heed: Sequence[float],
    reference: Sequence[float],
    *,
    unit: str,
    reference_is: str,
    processor: dict[str, float] | None = None,
    better: str = "higher",
) -> None:
    """Medians of the rounds; the ratio is the share of the machine's raw rate, or how many times its cost.

    `processor` holds microseconds of the processor for each unit of work, by process.
    """
    ours, raw = statistics.median(heed), statistics.median(reference)
    content = {
        "claim": claim,
        "unit": unit,
        "heed": round(ours),
        "reference": round(raw),
        "reference_is": reference_is,
        "ratio": round(ours / raw, 3),
        "better": better,
        "rounds": {"heed": [round(value) for value in heed], "reference": [round(value) for value in reference]},
    }
    if processor is not None:
        content["microseconds_of_the_processor"] = {name: round(value, 1) for name, value in processor.items()}
    line(content)


def latency(
    claim: str,
    heed: Sequence[float],
    reference: Sequence[float],
    *,
    reference_is: str,
    processor: dict[str, float] | None = None,
) -> None:
    """Medians, 95th and 99th percentiles in milliseconds; `processor` holds those of the processor, by process."""
    content: dict[str, Any] = {
        "claim": claim,
        "unit": "ms",
        "heed": _percentiles(heed),
        "reference": _percentiles(reference),
        "reference_is": reference_is,
        "ratio": round(statistics.median(heed) / statistics.median(reference), 2),
        "ratio_is": "of the medians",
        "better": "lower",
    }
    if processor is not None:
        content["milliseconds_of_the_processor"] = processor
    line(content)


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "p50": round(1000 * cuts[49], 2),
        "p95": round(1000 * cuts[94], 2),
        "p99": round(1000 * cuts[98], 2),
        "n": len(seconds),
    }


class Spent(NamedTuple):
    """Seconds that one run took, of the processor (its own thread) and on the wall."""

    processor: float
    wall: float


def spent(work: Callable[[], object]) -> Spent:
    wall, processor = perf_counter(), thread_time()
    work()
    return Spent(thread_time() - processor, perf_counter() - wall)


def cost(claim: str, heed: Sequence[Spent], reference: Sequence[Spent], *, at_most: float, reference_is: str) -> None:
    """Medians of the rounds in milliseconds; the ratio is the share of the reference's time."""
    content: dict[str, Any] = {"claim": claim, "unit": "ms"}
    for name, place in (("processor", 0), ("wall", 1)):
        ours, theirs = ([1000 * run[place] for run in runs] for runs in (heed, reference))
        content[name] = {
            "heed": round(statistics.median(ours)),
            "reference": round(statistics.median(theirs)),
            "ratio": round(statistics.median(ours) / statistics.median(theirs), 3),
            "rounds": {"heed": [round(value) for value in ours], "reference": [round(value) for value in theirs]},
        }
    ratio = {"ratio": content["processor"]["ratio"], "ratio_is": "of processor time", "better": "lower"}
    line(content | ratio | {"at_most": at_most, "reference_is": reference_is})
