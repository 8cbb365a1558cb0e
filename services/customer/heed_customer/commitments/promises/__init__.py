"""Promises to customers: who promised what, until when, to whom, and whether it was kept."""
