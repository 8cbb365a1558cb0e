"""Quotas: at most so many responses of a kind. They cannot be exceeded."""
