"""Report on durations: time to contact and to resolve."""
