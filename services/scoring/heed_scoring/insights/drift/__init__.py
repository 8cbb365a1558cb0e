"""Drift of a model in use."""
