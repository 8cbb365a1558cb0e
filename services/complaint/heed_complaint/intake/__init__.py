"""Intake: web form, email, help articles, status links and messages of customers."""
