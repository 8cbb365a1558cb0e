"""Verification of contacts by a code that is sent to them."""
