"""What happened to complaints and promises, for results that show answers beside it."""
