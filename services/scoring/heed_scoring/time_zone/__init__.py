"""The organisation's time zone: agreed at the first start, the same for all scores, changed by a rebuild."""
