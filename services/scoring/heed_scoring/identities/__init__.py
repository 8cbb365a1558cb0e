"""Customers who turned out to be one: who is whose member, and what that means for rows and locks."""
