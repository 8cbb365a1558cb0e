"""File formats: encodings, lines, headers and contents. Pure: no clock, no tables."""
