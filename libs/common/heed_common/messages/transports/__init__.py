"""Transports of messages: SMTP, a signed webhook, and files."""
