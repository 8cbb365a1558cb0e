"""Links to the form of a survey: personal, anonymous, and open."""
