"""Revisions: each change of the terms has a number, and complaints record the one they are planned by."""
