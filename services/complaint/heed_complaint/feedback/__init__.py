"""Feedback of customers on resolved complaints."""
