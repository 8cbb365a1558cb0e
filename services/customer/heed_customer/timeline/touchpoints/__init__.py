"""Touchpoints: how often a customer had to do with the organisation, over which channel, and what it cost."""
