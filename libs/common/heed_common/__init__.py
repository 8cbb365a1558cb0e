"""Shared by the four services: event contracts and the platform (broker, outbox, HTTP, authentication, database)."""
