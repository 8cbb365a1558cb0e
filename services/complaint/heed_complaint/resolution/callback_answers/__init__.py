"""Responses to call-backs: they confirm, reopen or escalate a complaint, and so does no response in time."""
