"""Templates of messages to complainants, in English and Chinese, as shipped: an operator can edit them."""
