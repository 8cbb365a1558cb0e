"""Reports of a survey: as of now, and frozen ones."""
