"""Message brokers: Kafka, the log in PostgreSQL, and one in memory for tests."""
