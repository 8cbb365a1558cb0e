"""Buyer type, key account and relationship level, derived by rules."""
