"""Subscriptions to events without Kafka: webhooks, pages of events, and streams."""
