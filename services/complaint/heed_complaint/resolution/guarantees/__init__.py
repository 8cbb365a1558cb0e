"""Guarantees to all customers, and their automatic pay-out when they are broken."""
