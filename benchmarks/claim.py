"""How a measured claim is printed: one JSON line, the figure of the same run without Heed beside it."""

import json
import statistics
from collections.abc import Sequence


def rate(claim: str, heed: Sequence[float], reference: Sequence[float], *, unit: str, reference_is: str) -> None:
    """Medians of the rounds; the ratio says how much of the machine's raw rate is left."""
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


def latency(claim: str, heed: Sequence[float], reference: Sequence[float], *, reference_is: str) -> None:
    """Medians and 99th percentiles in milliseconds."""
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
    return {"p50": round(1000 * cuts[49], 2), "p99": round(1000 * cuts[98], 2), "n": len(seconds)}
