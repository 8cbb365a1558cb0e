"""Questionnaires: items in sections, skip logic and the indicator tree. Pure."""
