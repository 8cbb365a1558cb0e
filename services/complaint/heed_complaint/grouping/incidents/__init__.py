"""Incidents: one fault about which many complain, and bulk actions on these complaints."""
