"""Needs of customers, explicit and tacit."""
