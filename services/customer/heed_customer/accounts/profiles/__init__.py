"""Profiles: groups of fields about a person or an organization, with published schemas."""
