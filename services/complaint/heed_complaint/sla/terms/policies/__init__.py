"""Policies: the targets of complaints as operators write them, version by version."""
