"""Churn risk of a customer, and its explanation."""
