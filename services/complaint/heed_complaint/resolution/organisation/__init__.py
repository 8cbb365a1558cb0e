"""Currency of the default amounts, agreed at the first start."""
