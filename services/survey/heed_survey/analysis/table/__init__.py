"""Responses as arrays: columns, conditions on them, and the sampling design."""
