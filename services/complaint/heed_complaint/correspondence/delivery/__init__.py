"""Delivery: what became of the messages, and what it means for the milestones that only a message can reach."""
