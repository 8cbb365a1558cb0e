"""Purchases, returns and interactions."""
