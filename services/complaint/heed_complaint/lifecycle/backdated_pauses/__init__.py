"""Pauses that are recorded afterwards."""
