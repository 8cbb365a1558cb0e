"""Corrective actions: measures against a cause, their effect, and notice to earlier complainants."""
