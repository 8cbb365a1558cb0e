"""Pauses of which the desk learns later: it had waited for the customer, and nobody had said so."""
