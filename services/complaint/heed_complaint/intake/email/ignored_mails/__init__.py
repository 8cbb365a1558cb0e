"""Mails that were ignored, for operators who look for a wrong decision."""
