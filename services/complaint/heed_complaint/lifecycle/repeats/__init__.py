"""Repeat complaints: numbered by customer and product, and escalated from a configured number on."""
