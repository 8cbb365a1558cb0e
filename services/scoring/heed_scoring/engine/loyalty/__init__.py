"""Loyalty of a customer."""
