"""`python -m benchmarks`: every claim as a JSON line. HEED_TEST_KAFKA, or a Kafka that can be fetched, is used too.

HEED_BENCH_PURCHASES is the share of ten million purchases, 0.1 by default.
"""

import os

from benchmarks import (
    customers,
    daily_refresh,
    fixtures,
    freshness,
    lookup,
    measures,
    messages,
    purchases,
    samples,
    scoring,
    sla,
    survey_analysis,
    timeline,
    writes,
)
from tests.kafka_server import KafkaServer, why_not


def main() -> None:
    server = None if os.environ.get("HEED_TEST_KAFKA") or why_not() else KafkaServer()
    try:
        if server is not None:
            server.start()
        with fixtures.cluster() as cluster:
            writes.measure(cluster)
            lookup.measure(cluster)
            scoring.measure(cluster)
            daily_refresh.measure(cluster)
            measures.measure()
            survey_analysis.measure(cluster)
            sla.measure(cluster)
            customers.measure(cluster)
            purchases.measure(cluster, share=float(os.environ.get("HEED_BENCH_PURCHASES", "0.1")))
            messages.measure(cluster)
            samples.measure(cluster)
            timeline.measure(cluster)
            freshness.measure(cluster, kafka=server.bootstrap if server else os.environ.get("HEED_TEST_KAFKA"))
    finally:
        if server is not None:
            server.remove()


if __name__ == "__main__":
    main()
