"""Replay: the customer frame, filled from the topics beside the running workers."""
