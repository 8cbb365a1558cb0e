"""Sensitive fields of profiles: encrypted, with a log of who read them."""
