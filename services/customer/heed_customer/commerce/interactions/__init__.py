"""Interactions with customers, and referrals."""
