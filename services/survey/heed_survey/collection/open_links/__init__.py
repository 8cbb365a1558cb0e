"""Open links: printed at a service point as a QR code, for any number of responses."""
