"""From what a gateway delivers to the fields of a mail: pure, and independent of the rest of the service."""
