"""Report on fairness: whether similar complaints of different customers are treated equally."""
