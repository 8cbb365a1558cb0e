"""Consents of customers by purpose and channel."""
