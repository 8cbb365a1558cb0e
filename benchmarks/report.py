"""How a measured claim is printed: one JSON line, the figure of the same run without Heed beside it."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter, thread_time
from typing import NamedTuple


def rate(claim: str, heed: Sequence[float], reference: Sequence[float], *, unit: str, reference_is: str) -> None:
    """Medians of the rounds; the ratio is the share of the machine's raw rate."""
    ours, raw = statistics.median(heed), statistics.median(reference)
    line = {
        "claim": claim,
        "unit": unit,
        "heed": round(ours),
        "reference": round(raw),
        "reference_is": reference_is,
        "ratio": round(ours / raw, 3),
        "rounds": {"heed": [round(value) for value in heed], "reference": [round(value) for value in reference]},
    }
    print(json.dumps(line), flush=True)


def processor_time(claim: str, heed: Mapping[str, Sequence[float]], reference: Mapping[str, Sequence[float]]) -> None:
    """Medians of the rounds in microseconds of the processor; less blurred by other work of the machine than rates."""

    def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, int]:
        return {part: round(1e6 * statistics.median(rounds)) for part, rounds in seconds.items()}

    line = {"claim": claim, "unit": "microseconds", "heed": medians(heed), "reference": medians(reference)}
    print(json.dumps(line), flush=True)


def latency(claim: str, heed: Sequence[float], reference: Sequence[float], *, reference_is: str) -> None:
    """Medians, 95th and 99th percentiles in milliseconds."""
    print(
        json.dumps(
            {
                "claim": claim,
                "unit": "ms",
                "heed": _percentiles(heed),
                "reference": _percentiles(reference),
                "reference_is": reference_is,
                "ratio_p50": round(statistics.median(heed) / statistics.median(reference), 2),
            }
        ),
        flush=True,
    )


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
    line: dict[str, object] = {"claim": claim, "unit": "ms"}
    for name, place in (("processor", 0), ("wall", 1)):
        ours, theirs = ([1000 * run[place] for run in runs] for runs in (heed, reference))
        line[name] = {
            "heed": round(statistics.median(ours)),
            "reference": round(statistics.median(theirs)),
            "ratio": round(statistics.median(ours) / statistics.median(theirs), 3),
            "rounds": {"heed": [round(value) for value in ours], "reference": [round(value) for value in theirs]},
        }
    print(json.dumps(line | {"at_most": at_most, "reference_is": reference_is}), flush=True)
