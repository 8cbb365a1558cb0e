"""Requests to invite: customers by id, or a whole sample, page by page."""
