"""Learning, judging, promoting and watching models."""
