"""What was agreed about the organisation at the first start: the currency of the defaults."""
