"""`python -m benchmarks [NAME …]`: every claim as a JSON line, all of them written to benchmarks/results/last.json.

`--check` compares the ratios with those of benchmarks/results/stored.json and fails on a loss of more than a fifth.
HEED_TEST_KAFKA, or a Kafka that can be fetched, is used too. HEED_BENCH_PURCHASES is the share of ten million
purchases, 0.1 by default.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    customers,
    daily_refresh,
    fixtures,
    freshness,
    growth,
    idle,
    lookup,
    measures,
    messages,
    permits,
    posts,
    purchase_days,
    purchases,
    queue,
    replanning,
    report,
    reports,
    responses,
    results,
    samples,
    scoring,
    sla,
    survey_analysis,
    timeline,
    writes,
)
from heed.postgres_server import Cluster
from tests.kafka_server import KafkaServer, why_not

BENCHMARKS: Mapping[str, Callable[[Cluster], None]] = {
    "writes": writes.measure,
    "posts": posts.measure,
    "lookup": lookup.measure,
    "scoring": scoring.measure,
    "purchase_days": purchase_days.measure,
    "daily_refresh": daily_refresh.measure,
    "measures": lambda _: measures.measure(),
    "survey_analysis": survey_analysis.measure,
    "sla": lambda _: sla.measure(),
    "replanning": replanning.measure,
    "queue": queue.measure,
    "reports": reports.measure,
    "customers": customers.measure,
    "purchases": lambda cluster: purchases.measure(cluster, share=float(os.environ.get("HEED_BENCH_PURCHASES", "0.1"))),
    "responses": responses.measure,
    "permits": permits.measure,
    "messages": messages.measure,
    "samples": samples.measure,
    "timeline": timeline.measure,
    "growth": growth.measure,
    "idle": lambda _: idle.measure(),
    "freshness": lambda cluster: _with_kafka(cluster),
}


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark of the name {', '.join(sorted(unknown))}")
    if arguments.check and not results.STORED.exists():
        parser.error(f"no run is stored; copy {results.LAST.name} of an idle machine to {results.STORED.name}")
    for name in arguments.names or BENCHMARKS:
        with fixtures.cluster() as cluster:
            BENCHMARKS[name](cluster)
    results.write(report.lines, arguments.output)
    worse = list(results.regressions(report.lines, results.read())) if arguments.check else []
    for regression in worse:
        print(regression, file=sys.stderr)
    return 1 if worse else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure beside raw references.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--check", action="store_true", help="fail when a ratio lost more than a fifth")
    parser.add_argument("--output", type=Path, default=results.LAST, help="file of the results")
    return parser


def _with_kafka(cluster: Cluster) -> None:
    external = os.environ.get("HEED_TEST_KAFKA")
    if external or why_not():
        freshness.measure(cluster, kafka=external)
        return
    server = KafkaServer()
    try:
        server.start()
        freshness.measure(cluster, kafka=server.bootstrap)
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
