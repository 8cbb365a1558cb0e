"""Responses to surveys."""
