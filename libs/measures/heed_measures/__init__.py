"""Mathematics of customer value, loyalty and churn: pure functions on numpy arrays."""
