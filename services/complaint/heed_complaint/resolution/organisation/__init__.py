"""The operator's organisation: the currency of the default amounts."""
