"""Confidential complaints are not there for who may not see them: decided here, for every door at once."""
