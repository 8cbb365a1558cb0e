"""Telephone numbers and addresses of customers, encrypted."""
