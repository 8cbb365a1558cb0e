"""Partial answers: stored page by page, until the form is sent or its time is over."""
