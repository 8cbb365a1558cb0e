"""The report of a survey: a page that a manager understands, frozen and public by choice."""
