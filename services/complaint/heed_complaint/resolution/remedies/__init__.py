"""Remedies for customers: granted within limits, or with the approval of a second person."""
