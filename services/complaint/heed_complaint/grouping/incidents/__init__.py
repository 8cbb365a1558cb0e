"""One fault, many complaints, one answer to all."""
