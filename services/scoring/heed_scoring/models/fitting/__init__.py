"""Fit model versions in the background."""
