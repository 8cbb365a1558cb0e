"""The organisation's time zone: stored at the first start, the same for all scores, changed by a rebuild."""
