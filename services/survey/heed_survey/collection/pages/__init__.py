"""The pages of a questionnaire: what a page shows, what was filled in, and the HTML. Pure."""
