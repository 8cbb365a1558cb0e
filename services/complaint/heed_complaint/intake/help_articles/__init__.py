"""Help articles, shown before a complaint is sent."""
