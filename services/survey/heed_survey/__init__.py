"""Surveys: what customers are asked, and what they answer."""
