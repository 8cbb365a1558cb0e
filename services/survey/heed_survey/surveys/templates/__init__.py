"""Questionnaires ready to use, in English and Chinese, filled in with the names of products and attributes."""
