"""Customer master data, purchases, returns, interactions and referrals."""
