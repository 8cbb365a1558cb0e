"""The same complaint, taken in twice."""
