"""Lines of a file as complaints of the past. Pure."""
