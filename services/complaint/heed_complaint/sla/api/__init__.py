"""HTTP API of deadlines and of the terms that they follow."""
