"""Quotes to customers, and the conflicts between them."""
