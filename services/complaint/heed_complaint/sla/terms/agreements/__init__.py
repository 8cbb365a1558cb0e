"""Agreements with a customer or a segment, which take precedence over all policies."""
