"""Surveys, their responses, and call-backs about resolved complaints."""
