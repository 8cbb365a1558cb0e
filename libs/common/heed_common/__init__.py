"""Shared by the four services: event contracts and the platform (broker, outbox, HTTP, authentication, database)."""

from importlib.metadata import version

VERSION = version("heed-common")
"""Of the product: all its packages have the same."""
