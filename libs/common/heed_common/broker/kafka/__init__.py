"""Apache Kafka as Heed uses it, and the only place that knows its client."""
