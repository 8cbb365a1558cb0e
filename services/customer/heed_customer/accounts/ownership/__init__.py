"""Owners of customers, and their hand-over."""
