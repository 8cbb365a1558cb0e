"""Accounts: who owns a customer, and what kind of customer it is."""
