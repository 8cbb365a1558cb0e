"""Samples: members drawn from the customer frame by a seed, each with the design that its response is weighted by."""
