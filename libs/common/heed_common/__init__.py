"""What the four services share: the contracts between them and the plumbing under them."""
