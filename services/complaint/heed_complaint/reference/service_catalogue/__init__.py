"""Service catalogue: risk, difficulty and usual duration of handling, by category."""
