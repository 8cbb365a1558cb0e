"""Stored model versions."""
