"""Invitations of customers: one row for each, from the decision to invite until its disposition."""
