"""Promises to single customers: what, by when, and whether they were kept."""
