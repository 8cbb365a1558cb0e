"""What operators ask about scores: portfolio, baskets, hold-outs, what-if, next best action."""
