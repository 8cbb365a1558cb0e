"""Triggers: an event of a customer leads to an invitation, after a delay or as a sequence."""
