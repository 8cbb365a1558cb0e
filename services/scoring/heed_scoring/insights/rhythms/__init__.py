"""Who has stopped buying, of one category or altogether: told once, and read at any time."""
