"""Challenger models and their promotion."""
