"""Ignored mails, listed for operators who look for a wrong decision."""
