"""Improvement actions: who does what until when, and its effect on the next wave."""
