"""Correspondence: what customers are written about their complaints, and what becomes of the messages."""
