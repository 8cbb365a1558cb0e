"""Playbooks for foreseeable complaints, and the limits of remedies."""
